// holt cache list and holt cache evict.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "cli/cache/explain.h"
#include "cli/cache/key_options.h"
#include "cli/output/table.h"
#include "cli/output/text.h"
#include "cli/parse/keep_rules.h"
#include "cli/session/command.h"

namespace holt::cli {
namespace {

constexpr std::size_t kShownKey = 40;

std::string scope_of(const SnapshotInfo& entry) {
    return entry.scope.empty() ? std::string(kMainScope) : entry.scope;
}

void print_entries(Session& session, const std::vector<SnapshotInfo>& entries) {
    Table table({{.title = "ID", .color = Color::yellow},
                 {.title = "KEY", .color = Color::bold},
                 {.title = "SCOPE"},
                 {.title = "SAVED"},
                 {.title = "USED"},
                 {.title = "FILES", .align = Align::right},
                 {.title = "SIZE", .align = Align::right}});
    for (const SnapshotInfo& entry : entries) {
        std::string key = printable(entry.key);
        if (key.size() > kShownKey && !session.globals().verbose)
            key = key.substr(0, kShownKey) + "...";
        table.row({entry.id.short_hex(), key, printable(scope_of(entry)), ago(entry.created),
                   entry.last_used ? ago(*entry.last_used) : "-", count_text(entry.files),
                   size_text(entry.bytes)});
    }
    if (!table.empty()) table.print(session.out(), session.out_style());
}

void emit_entries(Session& session, const char* type, const std::vector<SnapshotInfo>& entries) {
    for (const SnapshotInfo& entry : entries) {
        Json line = json_line(type);
        put_snapshot(line, entry);
        session.emit(line);
    }
}

class CacheListCommand final : public Command {
  public:
    CommandInfo info() const override {
        return {.name = "cache list",
                .group = "Environments",
                .description =
                    "List the environments\n\nAll snapshots with a key, of every scope unless "
                    "--scope is given, the oldest first. Long keys are cut without -v.",
                .examples =
                    "Examples:\n"
                    "  holt cache list --prefix venv-\n"
                    "  holt cache list --scope pr/12 --json"};
    }

    void define(OptionTable& table) override {
        add_value(table, "--prefix", prefix_, "TEXT", "only keys that begin with TEXT");
        add_list(table, "--scope", scopes_, "NAME", "only of this scope; may be repeated");
    }

    Result<int> run(Session& session) override {
        HOLT_TRY_LET(store, session.open_store(Access::read_only));
        HOLT_TRY_LET(entries, store.list());
        std::erase_if(entries, [&](const SnapshotInfo& entry) {
            const bool is_meant =
                scopes_.empty() || std::ranges::find(scopes_, scope_of(entry)) != scopes_.end();
            return entry.key.empty() || !entry.key.starts_with(prefix_) || !is_meant;
        });
        if (!session.json()) {
            print_entries(session, entries);
            return 0;
        }
        emit_entries(session, "snapshot", entries);
        Json summary = session.summary(0);
        summary["entries"] = entries.size();
        session.emit(summary);
        return 0;
    }

  private:
    std::string prefix_;
    std::vector<std::string> scopes_;
};

class CacheEvictCommand final : public Command {
  public:
    CommandInfo info() const override {
        return {
            .name = "cache evict",
            .group = "Environments",
            .description =
                "Forget environments\n\nThose with these keys, or this beginning, or not used for "
                "so long: all that is given must hold, and something must be given. Entries with "
                "a name or a tag, and those on hold, stay. `holt undelete` brings them back until "
                "`holt gc`, which gives their room back, and which evicts by size "
                "(`holt gc --max-size`). Who misses such a key is told when and why it went.",
            .examples =
                "Examples:\n"
                "  holt cache evict \"$key\"\n"
                "  holt cache evict --scope pr/12\n"
                "  holt cache evict --prefix venv- --unused 30d --dry-run"};
    }

    void define(OptionTable& table) override {
        add_operands(table, "KEY", options_.keys, "the keys of the entries");
        prefix_given_ = add_value(table, "--prefix", prefix_, "TEXT", "keys that begin with TEXT");
        add_list(table, "--scope", options_.scopes, "NAME", "only of this scope; may be repeated");
        unused_given_ = add_value(table, "--unused", unused_, "DAYS",
                                  "neither saved nor restored for so many days");
        add_switch(table, "-n,--dry-run", options_.dry_run, "only tell what would be evicted");
    }

    Result<int> run(Session& session) override {
        HOLT_TRY(complete_options());
        HOLT_TRY_LET(store,
                     session.open_store(options_.dry_run ? Access::read_only : Access::read_write));
        HOLT_TRY_LET(report, store.cache_evict(options_));
        if (session.json()) {
            emit_entries(session, "evicted", report.evicted);
            Json summary = session.summary(0);
            summary["evicted"] = report.evicted.size();
            summary["dry_run"] = options_.dry_run;
            session.emit(summary);
            return 0;
        }
        if (!session.globals().quiet) print_entries(session, report.evicted);
        session.tell(fmt::format("{} {}", options_.dry_run ? "would evict" : "evicted",
                                 count_text(report.evicted.size(), "environment")));
        return 0;
    }

  private:
    Status complete_options() {
        HOLT_TRY(refuse_empty({"cache evict", "--prefix"}, *prefix_given_, prefix_));
        if (prefix_given_->count() > 0) options_.prefix = prefix_;
        if (unused_given_->count() > 0) {
            std::string_view text = unused_;
            if (text.ends_with('d')) text.remove_suffix(1);
            HOLT_TRY_LET(days, parse_integer({"cache evict", "--unused"}, text, 0, 100'000));
            options_.unused_seconds = days * 86'400;
        }
        if (options_.keys.empty() && !options_.prefix && options_.scopes.empty() &&
            !options_.unused_seconds)
            return usage_error("cache evict", "nothing says which entries");
        return {};
    }

    CacheEvictOptions options_;
    std::string prefix_, unused_;
    Option *prefix_given_ = nullptr, *unused_given_ = nullptr;
};

}  // namespace

std::unique_ptr<Command> make_cache_list_command() {
    return std::make_unique<CacheListCommand>();
}

std::unique_ptr<Command> make_cache_evict_command() {
    return std::make_unique<CacheEvictCommand>();
}

}  // namespace holt::cli
