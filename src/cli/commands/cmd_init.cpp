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
                    "the other commands use by default.\n\n"
                    "--shared makes one that all members of a group use, and nobody else: what "
                    "each of them makes in it belongs to the group, whatever the umask.",
                .examples =
                    "Examples:\n"
                    "  holt init                      in the default place\n"
                    "  holt init /srv/holt            in a folder of its own\n"
                    "  holt init /srv/holt --shared ci\n"
                    "  export HOLT_STORE=/srv/holt    and use it from now on"};
    }

    void define(OptionTable& table) override {
        folder_option_ = add_operand(table, "DIR", folder_, "the folder to make the store in");
        add_value(table, "--shared", options_.shared_group, "GROUP",
                  "all members of the group may use it (a name or a number)");
    }

    Result<int> run(Session& session) override {
        Globals globals = session.globals();
        if (folder_option_->count() > 0) {
            if (globals.store && *globals.store != folder_)
                return usage_error("init", "both DIR and --store are given", "");
            globals.store = folder_;
        }
        HOLT_TRY_LET(path, store_path(globals));
        options_.allow_network_store = session.globals().allow_network_store;
        auto store = Store::init(path, options_);
        const bool created = store.has_value();
        if (!created) {
            // What is there already, and can be used, is what was asked for: scripts begin with it.
            auto there = Store::open(path);
            if (!there) return std::unexpected(std::move(store).error());
            // But not one that is shared in another way.
            HOLT_TRY_LET(as_asked, there->is_shared_by(options_.shared_group));
            if (!as_asked)
                return fail(ErrorKind::failed, "init", there->path(),
                            "there is a store already, which that group does not share",
                            "choose another folder");
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
    InitOptions options_;
    Option* folder_option_ = nullptr;
};

}  // namespace

std::unique_ptr<Command> make_init_command() {
    return std::make_unique<InitCommand>();
}

}  // namespace holt::cli
