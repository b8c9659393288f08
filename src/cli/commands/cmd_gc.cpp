// holt gc: gives back what no snapshot needs.
#include <fmt/format.h>

#include <algorithm>
#include <holt/gc.hpp>
#include <holt/store.hpp>
#include <optional>

#include "base/error.h"
#include "cli/output/text.h"
#include "cli/parse/keep_rules.h"
#include "cli/session/collected.h"
#include "cli/session/command.h"
#include "cli/session/operation.h"

namespace holt::cli {
namespace {

class GcCommand final : public Command {
  public:
    CommandInfo info() const override {
        return {
            .name = "gc",
            .group = "Store",
            .description =
                "Give back the room of what no snapshot needs\n\nRemoves packs that nothing is "
                "needed of, rewrites those that are more than a quarter garbage, and joins small "
                "ones. Forgotten snapshots cannot be brought back afterwards. Snapshots, restores "
                "and imports may run at the same time: what one of them may still need is left to "
                "the next run. It may be killed at any moment, and works on a full disk.\n\n"
                "--max-size and --max-age forget whole snapshots first, those that were restored "
                "or taken longest ago; never one on hold.\n\n"
                "With --auto nothing is collected now: the limits are remembered in the store, and "
                "each snapshot and import that finds something to collect does so at its end, for "
                "at most --max-time (10 seconds unless it is given). --no-auto ends that.\n\n"
                "--recompress compresses again what was written long ago, as far as --max-time "
                "allows: the store becomes smaller, and is read as fast as before.",
            .examples =
                "Examples:\n"
                "  holt gc\n"
                "  holt gc --dry-run -v\n"
                "  holt gc --max-size 20G --max-age 90d\n"
                "  holt gc --max-time 60\n"
                "  holt gc --recompress 19 --max-time 600\n"
                "  holt gc --auto --max-size 50G --max-age 60d"};
    }

    void define(OptionTable& table) override {
        time_given_ = add_value(table, "--max-time", time_, "S",
                                "stop after S seconds at a safe point; the next run goes on there");
        size_given_ = add_value(table, "--max-size", size_, "SIZE",
                                "forget snapshots until the rest takes at most SIZE");
        age_given_ = add_value(table, "--max-age", age_, "SPAN",
                               "forget snapshots neither taken nor restored within SPAN (30d)");
        add_switch(table, "--evict-named", options_.evict_named,
                   "these two may forget snapshots that have a name or a tag, too");
        pool_given_ = add_value(table, "--max-pool", pool_, "SIZE",
                                "remove pool files, unused ones first, until the rest takes at "
                                "most SIZE");
        level_given_ = add_value(table, "--recompress", level_, "LEVEL",
                                 "compress packs again that were made with less than this level");
        add_switch(table, "--auto", auto_,
                   "remember these limits in the store, and collect by itself after snapshots");
        add_switch(table, "--no-auto", no_auto_, "collect no longer by itself");
        add_switch(table, "-n,--dry-run", options_.dry_run, "only tell what would be done");
    }

    Result<int> run(Session& session) override {
        HOLT_TRY(complete_options());
        if (auto_ || no_auto_) return set_auto(session);
        HOLT_TRY_LET(store,
                     session.open_store(options_.dry_run ? Access::read_only : Access::read_write));
        Operation operation(session);
        options_.cancel = operation.cancel();
        HOLT_TRY_LET(report, store.gc(options_, operation.reporter()));
        const auto time = operation.finish();
        if (session.json())
            print_json(session, report, time);
        else
            print_text(session, report, time);
        return 0;
    }

  private:
    Result<int> set_auto(Session& session) const {
        if (auto_ && no_auto_) return usage_error("gc", "--auto and --no-auto exclude each other");
        if (options_.dry_run || options_.recompress != 0)
            return usage_error("gc", "--dry-run and --recompress are for a collection now");
        std::optional<AutoGc> settings;
        if (auto_) {
            settings.emplace();
            if (options_.max_time) settings->max_time = *options_.max_time;
            settings->max_size = options_.max_size;
            settings->max_age = options_.max_age;
            settings->evict_named = options_.evict_named;
            settings->max_pool = options_.max_pool;
        }
        HOLT_TRY_LET(store, session.open_store(Access::read_write));
        HOLT_TRY(store.set_auto_gc(settings));
        session.tell(auto_ ? "snapshots and imports collect by themselves from now on"
                           : "nothing is collected by itself any longer");
        if (session.json()) {
            Json summary = session.summary(0);
            summary["auto"] = auto_;
            session.emit(summary);
        }
        return 0;
    }

    Status complete_options() {
        if (time_given_->count() > 0) {
            HOLT_TRY_LET(time, parse_seconds({"gc", "--max-time"}, time_));
            options_.max_time = time;
        }
        if (size_given_->count() > 0) {
            HOLT_TRY_LET(size, parse_size({"gc", "--max-size"}, size_));
            options_.max_size = size;
        }
        if (age_given_->count() > 0) {
            HOLT_TRY_LET(age, parse_span({"gc", "--max-age"}, age_));
            options_.max_age = age;
        }
        if (pool_given_->count() > 0) {
            HOLT_TRY_LET(size, parse_size({"gc", "--max-pool"}, pool_));
            options_.max_pool = size;
        }
        if (level_given_->count() > 0) {
            constexpr int kLeast = 4, kMost = 22;
            HOLT_TRY_LET(level, parse_integer({"gc", "--recompress"}, level_, kLeast, kMost));
            options_.recompress = static_cast<int>(level);
        }
        return {};
    }

    static std::string why(const GcPack& pack) {
        switch (pack.action) {
            case GcPack::Action::remove:
                return "nothing in it is needed";
            case GcPack::Action::rewrite:
                return fmt::format(
                    "{} of it is garbage",
                    percent_text(pack.bytes - std::min(pack.bytes, pack.live_bytes), pack.bytes));
            case GcPack::Action::join:
                return "it is small";
            case GcPack::Action::recompress:
                return "it can be smaller";
        }
        return {};
    }

    void print_text(Session& session, const GcReport& report, std::chrono::nanoseconds time) const {
        if (options_.dry_run || session.globals().verbose) {
            for (const Decision& one : report.evicted)
                if (!one.keep)
                    session.out().line(fmt::format("forget  snapshot {}: {}",
                                                   one.snapshot.id.short_hex(),
                                                   one.reasons.front()));
            for (const GcPack& pack : report.packs)
                session.out().line(fmt::format("{:<7} pack {}, {}: {}", name(pack.action),
                                               pack.id.short_hex(), size_text(pack.bytes),
                                               why(pack)));
        }
        tell_collected(session, report, time);
    }

    void print_json(Session& session, const GcReport& report, std::chrono::nanoseconds time) const {
        for (const Decision& one : report.evicted) {
            if (one.keep) continue;
            Json line = json_line("evicted");
            line["id"] = one.snapshot.id.hex();
            put_bytes(line, "name", one.snapshot.name);
            line["reasons"] = one.reasons;
            session.emit(line);
        }
        for (const GcPack& pack : report.packs) {
            Json line = json_line("pack");
            line["action"] = name(pack.action);
            line["id"] = pack.id.hex();
            line["bytes"] = pack.bytes;
            line["live_bytes"] = pack.live_bytes;
            line["reason"] = why(pack);
            session.emit(line);
        }
        session.emit(gc_summary(session, report, time, options_.dry_run));
    }

    std::string time_, size_, age_, pool_, level_;
    bool auto_ = false, no_auto_ = false;
    Option *level_given_ = nullptr, *time_given_ = nullptr, *size_given_ = nullptr,
           *age_given_ = nullptr, *pool_given_ = nullptr;
    GcOptions options_;
};

}  // namespace

std::unique_ptr<Command> make_gc_command() {
    return std::make_unique<GcCommand>();
}

}  // namespace holt::cli
