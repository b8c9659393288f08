// holt cache restore and holt cache lookup.
#include <fmt/format.h>

#include "base/error.h"
#include "cli/cache/explain.h"
#include "cli/cache/key_options.h"
#include "cli/cache/move_options.h"
#include "cli/cache/report.h"
#include "cli/session/command.h"
#include "cli/session/operation.h"

namespace holt::cli {
namespace {

constexpr int kMiss = exit_code(ErrorKind::not_found);

class CacheRestoreCommand final : public Command {
  public:
    CommandInfo info() const override {
        return {
            .name = "cache restore",
            .group = "Environments",
            .description =
                "Restore the environment of a key\n\nInto as many DIRs as were saved under the "
                "key, in their order. A DIR that was restored or saved before is mended in place. "
                "A miss is exit code 13, and says why: never saved, which inputs changed since "
                "the nearest entry, or when and why it was evicted. What a --restore-key or "
                "--nearest finds is told as matched partial or nearest, with exit code 0.\n\n"
                "Files that name the folders' old paths are written with the new ones. When one "
                "cannot be (a program's string that has no room for a longer path), all such files "
                "are named, nothing is written, and the exit code is 12.\n\n"
                "Files are hard links into the store's pool where the file system can, and "
                "read-only: --link auto or copy gives files that may be written to.",
            .examples =
                "Examples:\n"
                "  holt cache restore --key-file uv.lock --key-platform .venv\n"
                "  holt cache restore --key \"$key\" --restore-key node- node_modules\n"
                "  holt cache restore --key \"$key\" --scope pr/12 --scope main .venv build"};
    }

    void define(OptionTable& table) override {
        add_operands(table, "DIR", folders_, "the folders to write")->required();
        key_.define(table);
        key_.define_query(table);
        add_switch(table, "--exact", options_.exact,
                   "only the key itself: anything else is a miss");
        link_.define(table);
        move_.define(table);
        add_switch(table, "-f,--force", options_.restore.force,
                   "also into a folder that is not empty and that the store does not know");
        add_switch(table, "--delete", options_.restore.remove_extra,
                   "with --force: remove what the entry does not have");
        add_switch(table, "--atomic", options_.restore.atomic,
                   "replace a folder that is there by a whole new one in one step");
        add_switch(table, "--durable", options_.restore.durable,
                   "have everything on the disk before success is reported");
        add_switch(table, "-n,--dry-run", options_.restore.dry_run, "only tell what would be done");
    }

    Result<int> run(Session& session) override {
        Operation operation(session);
        options_.restore.cancel = operation.cancel();
        if (options_.restore.remove_extra && !options_.restore.force)
            return usage_error("cache restore", "--delete removes files and needs --force too");
        HOLT_TRY_LET(query, key_.query("cache restore", operation.cancel()));
        options_.query = std::move(query);
        HOLT_TRY_LET(link, link_.mode("cache restore"));
        options_.restore.link = link;
        move_.apply(options_.restore);
        HOLT_TRY_LET(store, session.open_store(Access::read_write));
        HOLT_TRY_LET(report, store.cache_restore(folders_, options_, operation.reporter()));
        operation.finish();
        const std::string& key = options_.query.key.key;
        tell_restored(session, key, report);
        const bool is_miss = report.found.match == CacheMatch::none;
        const int code = is_miss ? kMiss : code_of_restore(session, report);
        if (session.json()) {
            Json summary = session.summary(code);
            put_restored(summary, key, report);
            session.emit(summary);
        } else if (!is_miss) {
            session.out().line(fmt::format("{} {}", name(report.found.match),
                                           printable(report.found.snapshot->key)));
        }
        return code;
    }

  private:
    std::vector<std::string> folders_;
    CacheKeyOptions key_;
    LinkOption link_;
    MoveOptions move_;
    CacheRestoreOptions options_;
};

class CacheLookupCommand final : public Command {
  public:
    CommandInfo info() const override {
        return {.name = "cache lookup",
                .group = "Environments",
                .description =
                    "Tell whether the environment of a key is there\n\nPrints what matched, the "
                    "entry's key, id, scope, age and producer. Exit code 13 when there is none, "
                    "with the reason. Nothing is written or counted.",
                .examples =
                    "Examples:\n"
                    "  holt cache lookup --key-file uv.lock --key-platform && echo there\n"
                    "  holt cache lookup --key \"$key\" --json | jq .miss.changes"};
    }

    void define(OptionTable& table) override {
        key_.define(table);
        key_.define_query(table);
        add_switch(table, "--exact", exact_, "only the key itself: anything else is a miss");
    }

    Result<int> run(Session& session) override {
        HOLT_TRY_LET(query, key_.query("cache lookup", nullptr));
        HOLT_TRY_LET(store, session.open_store(Access::read_only));
        HOLT_TRY_LET(found, store.cache_lookup(query));
        if (exact_ && found.match != CacheMatch::exact) {
            found.match = CacheMatch::none;
            found.snapshot.reset();
        }
        const int code = found.match == CacheMatch::none ? kMiss : 0;
        if (session.json()) {
            Json summary = session.summary(code);
            put_found(summary, query.key.key, found);
            session.emit(summary);
            return code;
        }
        if (found.match != CacheMatch::exact)
            for (const std::string& line : miss_lines(query.key.key, found.miss))
                session.tell(line);
        if (found.snapshot)
            session.out().line(fmt::format("{} {} local {}", name(found.match),
                                           printable(found.snapshot->key),
                                           entry_text(*found.snapshot)));
        return code;
    }

  private:
    CacheKeyOptions key_;
    bool exact_ = false;
};

}  // namespace

std::unique_ptr<Command> make_cache_restore_command() {
    return std::make_unique<CacheRestoreCommand>();
}

std::unique_ptr<Command> make_cache_lookup_command() {
    return std::make_unique<CacheLookupCommand>();
}

}  // namespace holt::cli
