// holt init: makes a store.

#include "base/error.h"
#include "cli/parse/options.h"
#include "cli/session/command.h"
#include "cli/session/store_path.h"

namespace holt::cli {
namespace {

class InitCommand final : public Command {
  public:
    CommandInfo info() const override {
        return {.name = "init",
                .group = "Begin",
                .description =
                    "Make a new store\n\nThe folder must not exist yet, or be empty; one that is a "
                    "store already stays as it is (exit code 0). Without DIR it is the store that "
                    "the other commands use by default.",
                .examples =
                    "Examples:\n"
                    "  holt init                      in the default place\n"
                    "  holt init /srv/holt            in a folder of its own\n"
                    "  export HOLT_STORE=/srv/holt    and use it from now on"};
    }

    void define(OptionTable& table) override {
        folder_option_ = add_operand(table, "DIR", folder_, "the folder to make the store in");
    }

    Result<int> run(Session& session) override {
        std::optional<std::string> folder = session.globals().store;
        if (folder_option_->count() > 0) {
            if (folder && *folder != folder_)
                return usage_error("init", "both DIR and --store are given", "");
            folder = folder_;
        }
        HOLT_TRY_LET(path, store_path(folder));
        auto store = Store::init(path);
        const bool created = store.has_value();
        if (!created) {
            // What is there already, and can be used, is what was asked for: scripts begin with it.
            auto there = Store::open(path);
            if (!there) return std::unexpected(std::move(store).error());
            store = std::move(there);
        }
        session.tell((created ? "made a store in " : "already a store: ") +
                     printable(store->path()));
        if (session.json()) {
            Json summary = session.summary(0);
            put_bytes(summary, "store", store->path());
            summary["created"] = created;
            session.emit(summary);
        }
        return 0;
    }

  private:
    std::string folder_;
    Option* folder_option_ = nullptr;
};

}  // namespace

std::unique_ptr<Command> make_init_command() {
    return std::make_unique<InitCommand>();
}

}  // namespace holt::cli
