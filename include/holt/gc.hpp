// Garbage collection: what it may do, and what it did. Thread rule: values.
#pragma once

#include <holt/export.h>
#include <holt/retention.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace holt {

struct GcOptions {
    /// Stops at a safe point after so long; the next run goes on there.
    std::optional<std::chrono::milliseconds> max_time{};
    /// Forgets whole snapshots, those used longest ago first, until the rest takes at most so much
    /// (packs and catalog).
    std::optional<std::uint64_t> max_size{};
    /// Forgets snapshots neither taken nor restored within this span.
    std::optional<CalendarSpan> max_age{};
    /// These two may forget snapshots that have a name or a tag, too; last, when it is about size.
    bool evict_named = false;
    /// Removes pool files, those used longest ago first, until the rest takes at most so much.
    std::optional<std::uint64_t> max_pool{};
    /// Compresses packs again that were made with less than this zstd level, those written longest
    /// ago first, into larger blocks of more similar content. 0: does not.
    int recompress = 0;
    bool dry_run = false;
    const Cancel* cancel = nullptr;
    unsigned threads = 0;  ///< at most; 0: as OpenOptions::threads
};

/// What a store collects by itself, after a snapshot that finds something to collect: as GcOptions
/// says it, for at most `max_time`.
struct AutoGc {
    std::chrono::milliseconds max_time{10'000};
    std::optional<std::uint64_t> max_size{};
    std::optional<CalendarSpan> max_age{};
    bool evict_named = false;
    std::optional<std::uint64_t> max_pool{};
    bool operator==(const AutoGc&) const = default;
};

/// What happens, or would happen, to a pack.
struct GcPack {
    enum class Action : std::uint8_t { remove, rewrite, join, recompress };
    Digest id{};
    Action action = Action::remove;
    std::uint64_t bytes = 0;       ///< of its file
    std::uint64_t live_bytes = 0;  ///< of these, what snapshots need, as an estimate
};
HOLT_API std::string_view name(GcPack::Action action) noexcept;

struct GcReport {
    std::vector<Decision> evicted{};  ///< by max_age and max_size
    std::vector<GcPack> packs{};      ///< to be removed, rewritten or joined
    std::uint64_t snapshots = 0;      ///< whose content was kept
    std::uint64_t dropped = 0;        ///< forgotten ones that cannot be brought back any more
    std::uint64_t packs_before = 0, bytes_before = 0;    ///< files in packs/
    std::uint64_t packs_after = 0, bytes_after = 0;      ///< with dry_run an estimate
    std::uint64_t unknown_packs = 0, unknown_bytes = 0;  ///< of killed snapshots, removed
    /// Left for the next run: packs that a running process may still need.
    std::uint64_t waiting_packs = 0, waiting_bytes = 0;
    std::string waiting_for{};  ///< "pid 4711 (holt restore ...)", as far as that is known
    std::uint64_t pool_files = 0, pool_bytes = 0;  ///< removed
    std::uint64_t spaces = 0;                      ///< forgotten: their folders are gone
    bool out_of_time = false;                      ///< max_time was over before all was done
    bool out_of_space = false;  ///< there was no room to rewrite packs: less was given back
};

}  // namespace holt
