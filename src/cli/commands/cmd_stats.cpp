// holt stats: figures about the store.
#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <fstream>
#include <holt/cache.hpp>

#include "base/error.h"
#include "cli/html/stats_page.h"
#include "cli/output/table.h"
#include "cli/output/text.h"
#include "cli/parse/options.h"
#include "cli/session/command.h"
#include "cli/session/operation.h"

namespace holt::cli {
namespace {

/// whole/part as "4.1x"; "-" when there is no part.
std::string ratio_text(std::uint64_t whole, std::uint64_t part) {
    if (part == 0) return "-";
    return fmt::format("{:.1f}x", static_cast<double>(whole) / static_cast<double>(part));
}

double ratio(std::uint64_t whole, std::uint64_t part) noexcept {
    return part == 0 ? 0 : static_cast<double>(whole) / static_cast<double>(part);
}

/// What the packs hold, before it was compressed.
std::uint64_t packed_bytes(const Stats& stats) noexcept {
    return stats.chunk_bytes + stats.duplicate_bytes;
}

class StatsCommand final : public Command {
  public:
    CommandInfo info() const override {
        return {.name = "stats",
                .group = "Store",
                .description =
                    "Show how large the store is and what it saves\n\nHow much all "
                    "snapshots would take as plain copies, how much of that is distinct "
                    "content, and how much the store takes on the disk. With --cache: hits, "
                    "misses, what was restored and what time that saved, by day; with --html the "
                    "same as a page, with what each snapshot adds to the store and what shares "
                    "what.",
                .examples =
                    "Examples:\n"
                    "  holt stats\n"
                    "  holt stats --cache\n"
                    "  holt stats --html store.html\n"
                    "  holt stats --json"};
    }

    void define(OptionTable& table) override {
        add_switch(table, "--cache", cache_, "how the cache was used, by day");
        html_given_ = add_value(table, "--html", html_, "FILE",
                                "write a page that needs nothing but a browser");
    }

    Result<int> run(Session& session) override {
        HOLT_TRY(refuse_empty({"stats", "--html"}, *html_given_, html_));
        HOLT_TRY_LET(store, session.open_store(Access::read_only));
        if (html_given_->count() > 0) return write_page(session, store);
        if (cache_) return print_cache(session, store);
        HOLT_TRY_LET(stats, store.stats());
        const std::uint64_t disk = stats.pack_bytes + stats.catalog_bytes;
        if (session.json())
            print_json(session, store.path(), stats, disk);
        else
            print_text(session, store.path(), stats, disk);
        return 0;
    }

  private:
    Result<int> write_page(Session& session, Store& store) const {
        Operation operation(session);
        HOLT_TRY_LET(stats, store.stats());
        HOLT_TRY_LET(cache, store.cache_stats());
        HOLT_TRY_LET(sharing, store.sharing(operation.cancel(), operation.reporter()));
        operation.finish();
        const std::string page = stats_page(store.path(), stats, cache, sharing);
        std::ofstream file(html_, std::ios::binary | std::ios::trunc);
        file.write(page.data(), static_cast<std::streamsize>(page.size()));
        file.close();
        if (!file) return fail_errno(errno, "write", html_);
        session.tell("wrote " + printable(html_));
        if (!session.json()) return 0;
        Json summary = session.summary(0);
        put_bytes(summary, "file", html_);
        session.emit(summary);
        return 0;
    }

    static Result<int> print_cache(Session& session, Store& store) {
        HOLT_TRY_LET(cache, store.cache_stats());
        session.json() ? print_cache_json(session, cache) : print_cache_text(session, cache);
        return 0;
    }

    static void print_cache_text(Session& session, const CacheStats& cache) {
        if (cache.days.empty()) return session.tell("the cache was not used yet");
        Table table({{.title = "DAY", .color = Color::bold},
                     {.title = "HITS", .align = Align::right},
                     {.title = "PARTIAL", .align = Align::right},
                     {.title = "MISSES", .align = Align::right},
                     {.title = "SAVED", .align = Align::right},
                     {.title = "EVICTED", .align = Align::right},
                     {.title = "RESTORED", .align = Align::right},
                     {.title = "TIME SAVED", .align = Align::right}});
        CacheDay all;
        const auto row = [&](const std::string& title, const CacheDay& day) {
            table.row({title, count_text(day.hits), count_text(day.partial), count_text(day.misses),
                       count_text(day.saves), count_text(day.evictions), size_text(day.bytes),
                       duration_text(std::chrono::milliseconds(day.milliseconds))});
        };
        for (const CacheDay& day : cache.days) {
            row(day_text(day.day), day);
            all.hits += day.hits;
            all.partial += day.partial;
            all.misses += day.misses;
            all.saves += day.saves;
            all.evictions += day.evictions;
            all.bytes += day.bytes;
            all.milliseconds += day.milliseconds;
        }
        row("all", all);
        table.print(session.out(), session.out_style());
    }

    static void print_cache_json(Session& session, const CacheStats& cache) {
        Json days = Json::array(), evictions = Json::array();
        for (const CacheDay& day : cache.days)
            days.push_back(Json{{"day", day_text(day.day)},
                                {"hits", day.hits},
                                {"partial", day.partial},
                                {"misses", day.misses},
                                {"saves", day.saves},
                                {"evictions", day.evictions},
                                {"restored_bytes", day.bytes},
                                {"seconds_saved", static_cast<double>(day.milliseconds) / 1000}});
        for (const CacheEviction& one : cache.evictions) {
            Json eviction = Json::object();
            put_bytes(eviction, "key", one.key);
            put_bytes(eviction, "scope", one.scope);
            put_time(eviction, "when", one.when);
            put_bytes(eviction, "why", one.why);
            evictions.push_back(std::move(eviction));
        }
        Json summary = session.summary(0);
        summary["entries"] = cache.entries;
        summary["days"] = std::move(days);
        summary["evictions"] = std::move(evictions);
        session.emit(summary);
    }

    static void print_text(Session& session, const std::string& path, const Stats& stats,
                           std::uint64_t disk) {
        const auto field = [&](std::string_view title, const std::string& value) {
            session.out().line(session.out_style()(Color::bold, fmt::format("{:<18}", title)) +
                               value);
        };
        field("store", printable(path));
        field("snapshots", fmt::format("{}, as plain copies {}", count_text(stats.snapshots),
                                       size_text(stats.source_bytes)));
        field("distinct content", fmt::format("{} in {}", size_text(stats.chunk_bytes),
                                              count_text(stats.chunks, "chunk")));
        if (stats.duplicate_chunks > 0)
            field("stored twice", fmt::format("{} in {} that snapshots at the same time both "
                                              "stored: `holt gc` merges them",
                                              size_text(stats.duplicate_bytes),
                                              count_text(stats.duplicate_chunks, "chunk")));
        field("on disk", fmt::format("{}: {} {}, catalog {}", size_text(disk),
                                     count_text(stats.packs, "pack") + " of",
                                     size_text(stats.pack_bytes), size_text(stats.catalog_bytes)));
        if (stats.forgotten > 0)
            field("forgotten", count_text(stats.forgotten, "snapshot") +
                                   " that `holt undelete` brings back until `holt gc`");
        if (stats.unused_packs > 0)
            field(
                "not needed",
                fmt::format("{} in {} that no snapshot needs: `holt gc` removes them",
                            size_text(stats.unused_bytes), count_text(stats.unused_packs, "pack")));
        if (stats.going_packs > 0)
            field("being collected", fmt::format("{} in {}", size_text(stats.going_bytes),
                                                 count_text(stats.going_packs, "pack")));
        if (stats.unknown_packs > 0)
            field("without a use",
                  fmt::format("{} in {}: being written, or left by killed commands, which "
                              "`holt gc` removes",
                              size_text(stats.unknown_bytes),
                              count_text(stats.unknown_packs, "pack")));
        if (stats.pool_files > 0)
            field("pool", fmt::format("{} in {}, not in use {}", size_text(stats.pool_bytes),
                                      count_text(stats.pool_files, "file"),
                                      size_text(stats.pool_unused_bytes)));
        if (stats.tmp_files > 0)
            field("temporary",
                  fmt::format("{} in {}: being written, or left by killed commands, "
                              "which the next snapshot removes",
                              size_text(stats.tmp_bytes), count_text(stats.tmp_files, "file")));
        if (stats.quarantine_files > 0)
            field("quarantine",
                  fmt::format("{} in {}, put aside by repair", size_text(stats.quarantine_bytes),
                              count_text(stats.quarantine_files, "damaged pack")));
        field("deduplication", ratio_text(stats.source_bytes, stats.chunk_bytes));
        field("compression", ratio_text(packed_bytes(stats), stats.pack_bytes));
        field("saved in all", ratio_text(stats.source_bytes, disk));
    }

    static void print_json(Session& session, const std::string& path, const Stats& stats,
                           std::uint64_t disk) {
        Json summary = session.summary(0);
        put_bytes(summary, "store", path);
        summary["snapshots"] = stats.snapshots;
        summary["packs"] = stats.packs;
        summary["blocks"] = stats.blocks;
        summary["chunks"] = stats.chunks;
        summary["source_bytes"] = stats.source_bytes;
        summary["chunk_bytes"] = stats.chunk_bytes;
        summary["duplicate_chunks"] = stats.duplicate_chunks;
        summary["duplicate_bytes"] = stats.duplicate_bytes;
        summary["pack_bytes"] = stats.pack_bytes;
        summary["catalog_bytes"] = stats.catalog_bytes;
        summary["disk_bytes"] = disk;
        summary["forgotten"] = stats.forgotten;
        summary["unused_packs"] = stats.unused_packs;
        summary["unused_bytes"] = stats.unused_bytes;
        summary["going_packs"] = stats.going_packs;
        summary["going_bytes"] = stats.going_bytes;
        summary["unknown_packs"] = stats.unknown_packs;
        summary["unknown_bytes"] = stats.unknown_bytes;
        summary["pool_files"] = stats.pool_files;
        summary["pool_bytes"] = stats.pool_bytes;
        summary["pool_unused_bytes"] = stats.pool_unused_bytes;
        summary["tmp_files"] = stats.tmp_files;
        summary["tmp_bytes"] = stats.tmp_bytes;
        summary["quarantine_files"] = stats.quarantine_files;
        summary["quarantine_bytes"] = stats.quarantine_bytes;
        summary["deduplication"] = ratio(stats.source_bytes, stats.chunk_bytes);
        summary["compression"] = ratio(packed_bytes(stats), stats.pack_bytes);
        session.emit(summary);
    }

    bool cache_ = false;
    std::string html_;
    Option* html_given_ = nullptr;
};

}  // namespace

std::unique_ptr<Command> make_stats_command() {
    return std::make_unique<StatsCommand>();
}

}  // namespace holt::cli
