// holt config show: which defaults are in force, and where each comes from.
#include <fmt/format.h>

#include <cstdlib>

#include "base/error.h"
#include "cli/config/config.h"
#include "cli/parse/options.h"
#include "cli/session/command.h"
#include "cli/session/store_path.h"

namespace holt::cli {
namespace {

class ConfigShowCommand final : public Command {
  public:
    CommandInfo info() const override {
        return {.name = "config show",
                .group = "More",
                .description =
                    "Show the settings in force, and where each comes from\n\nOptions have their "
                    "defaults from /etc/holt/config.toml, $XDG_CONFIG_HOME/holt/config.toml and "
                    "the .holt.toml of a project (here, or in the nearest folder above); a later "
                    "one overrides an earlier one, the environment and the command line override "
                    "all. A key is a long option without its dashes: of every command at the top, "
                    "of one command in its table, as in [restore]. A project's file may not say "
                    "where data goes. With HOLT_CONFIG set, its file alone is read; empty: none.",
                .examples =
                    "Examples:\n"
                    "  holt config show\n"
                    "  holt config show --json\n"
                    "A file:\n"
                    "  store = \"/srv/store\"\n"
                    "  [snapshot]\n"
                    "  exclude = [\"*.o\", \"/build/\"]\n"
                    "  [restore]\n"
                    "  link = \"hardlink\""};
    }

    void define(OptionTable&) override {}

    Result<int> run(Session& session) override {
        HOLT_TRY_LET(settings, read_config(ConfigFiles::of_environment()));
        HOLT_TRY_LET(store, store_path(session.globals()));
        print(session, "store", store, store_source(session.globals(), settings), "in force");
        for (std::size_t i = 0; i < settings.size(); ++i) {
            const Setting& setting = settings[i];
            if (setting.command.empty() && setting.option == "store") continue;
            std::string value;
            for (const std::string& one : setting.values)
                value += (value.empty() ? "" : ", ") + one;
            const std::string name =
                (setting.command.empty() ? "" : setting.command + ".") + setting.option;
            print(session, name, value, setting.file,
                  is_overridden(settings, i) ? "overridden" : "in force");
        }
        if (session.json()) session.emit(session.summary(0));
        return 0;
    }

  private:
    static std::string store_source(const Globals& globals, const std::vector<Setting>& settings) {
        if (globals.store) return "--store";
        const char* variable = std::getenv("HOLT_STORE");
        if (variable != nullptr && *variable != '\0') return "HOLT_STORE";
        for (auto setting = settings.rbegin(); setting != settings.rend(); ++setting)
            if (setting->command.empty() && setting->option == "store") return setting->file;
        return "default";
    }
    static bool is_overridden(const std::vector<Setting>& settings, std::size_t at) {
        const Setting& one = settings[at];
        if (one.values.size() != 1) return false;  // lists are joined
        for (std::size_t i = at + 1; i < settings.size(); ++i)
            if (settings[i].command == one.command && settings[i].option == one.option) return true;
        return false;
    }
    static void print(Session& session, const std::string& name, const std::string& value,
                      const std::string& source, std::string_view state) {
        if (!session.json())
            return session.out().line(fmt::format("{:<24} {:<28} {}{}", name, printable(value),
                                                  printable(source),
                                                  state == "in force" ? "" : " (overridden)"));
        Json line = json_line("setting");
        put_bytes(line, "name", name);
        put_bytes(line, "value", value);
        put_bytes(line, "source", source);
        line["in_force"] = state == "in force";
        session.emit(line);
    }
};

}  // namespace

std::unique_ptr<Command> make_config_show_command() {
    return std::make_unique<ConfigShowCommand>();
}

}  // namespace holt::cli
