// holt cache save.
#include "base/error.h"
#include "cli/cache/key_options.h"
#include "cli/cache/report.h"
#include "cli/cache/write_scopes.h"
#include "cli/session/command.h"
#include "cli/session/operation.h"

namespace holt::cli {
namespace {

class CacheSaveCommand final : public Command {
  public:
    CommandInfo info() const override {
        return {
            .name = "cache save",
            .group = "Environments",
            .description =
                "Save folders as the environment of a key\n\nAll DIRs are one entry, which appears "
                "whole or not at all. Where their files name the folders' own paths is "
                "remembered, and a restore to other paths writes those. What was saved first under "
                "a key stays: the same content "
                "again is `already saved`, another one is told and not saved (both exit code 0), "
                "unless --replace is given. A tree from which something had to be left out is "
                "refused.",
            .examples =
                "Examples:\n"
                "  holt cache save --key-file uv.lock --key-platform .venv\n"
                "  holt cache save --key \"$key\" --scope pr/12 .venv build\n"
                "  holt cache save --key \"$key\" --exclude __pycache__/ .venv"};
    }

    void define(OptionTable& table) override {
        add_operands(table, "DIR", folders_, "the folders to save")->required();
        key_.define(table);
        add_switch(table, "--replace", options_.replace,
                   "take the place of an entry with another content");
        add_switch(table, "--allow-incomplete", options_.allow_incomplete,
                   "save although items have to be left out; each restore tells (exit code 3)");
        add_list(table, "--exclude", options_.snapshot.exclude, "GLOB",
                 "leave out what matches, as in `holt snapshot`; may be repeated");
        add_switch(table, "--no-relocatable", not_relocatable_,
                   "do not look for the folders' paths in their files: they are restored as they "
                   "are, wherever that is");
        level_given_ = add_value(table, "--level", level_, "N", "zstd level, 1 to 22");
    }

    Result<int> run(Session& session) override {
        Operation operation(session);
        options_.snapshot.cancel = operation.cancel();
        options_.snapshot.relocatable = !not_relocatable_;
        if (level_given_->count() > 0) {
            HOLT_TRY_LET(level, parse_integer({"cache save", "--level"}, level_, 1, 22));
            options_.snapshot.level = static_cast<int>(level);
        }
        HOLT_TRY_LET(key, key_.key("cache save", operation.cancel()));
        options_.key = std::move(key);
        options_.scope = key_.scope();
        HOLT_TRY(check_may_write(options_.scope));
        HOLT_TRY_LET(store, session.open_store(Access::read_write));
        HOLT_TRY_LET(report, store.cache_save(folders_, options_, operation.reporter()));
        operation.finish();
        tell_saved(session, options_.key.key, report);
        const int code =
            partial_code(session, report.report.left_out, "left out: the entry is incomplete");
        if (session.json()) {
            Json summary = session.summary(code);
            put_bytes(summary, "key", options_.key.key);
            put_saved(summary, report);
            session.emit(summary);
        } else {
            session.out().line(report.report.snapshot.id.hex());
        }
        return code;
    }

  private:
    std::vector<std::string> folders_;
    CacheKeyOptions key_;
    CacheSaveOptions options_;
    std::string level_;
    Option* level_given_ = nullptr;
    bool not_relocatable_ = false;
};

}  // namespace

std::unique_ptr<Command> make_cache_save_command() {
    return std::make_unique<CacheSaveCommand>();
}

}  // namespace holt::cli
