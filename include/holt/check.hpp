// What is compared and checked: two trees, a folder, a whole store; how a store is repaired, and
// what it holds. Thread rule: values.
#pragma once

#include <holt/export.h>
#include <holt/cancel.hpp>
#include <holt/digest.hpp>
#include <holt/error.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holt {

enum class Change : std::uint8_t { added, removed, content, metadata, kind };
HOLT_API std::string_view name(Change change) noexcept;

struct DiffEntry {
    std::string path;
    Change change = Change::content;
    std::string detail{};  ///< for metadata: what differs ("mode 0644 -> 0755")
};

struct DiffReport {
    std::uint64_t added = 0, removed = 0, changed = 0, same = 0;
    /// Items of either side that could not be read, or were left out when its snapshot was taken,
    /// and what is mounted in a folder, each noted: nothing can be said of them. > 0 without a
    /// difference: `partial`.
    std::uint64_t left_out = 0;
    /// Noted: a restore into the folder was interrupted. Without differences: `partial`.
    std::uint64_t warnings = 0;
    bool differs() const noexcept { return added + removed + changed > 0; }
};

struct DiffOptions {
    std::vector<std::string> include{}, exclude{};  ///< a selection, of both sides
    const Cancel* cancel = nullptr;
    unsigned threads = 0;  ///< at most; 0: as OpenOptions::threads
};

struct VerifyFolderOptions {
    std::string against{};  ///< SNAP[:SUB]; empty: what the folder was restored from
    bool paranoid = false;  ///< read every file, whatever its stat record proves
    std::vector<std::string> include{}, exclude{};  ///< a selection, of the folder and the snapshot
    const Cancel* cancel = nullptr;
    unsigned threads = 0;  ///< at most; 0: as OpenOptions::threads
};

struct VerifyOptions {
    /// Of the packs, when no snapshot is named: those that follow where the last run of this kind
    /// ended, so that successive runs check all of them. Where the store cannot be written to, they
    /// are chosen anew each time. Below 100, of the catalog and of the trees only what concerns
    /// these packs is checked: the time follows the share.
    unsigned subset_percent = 100;
    /// As a subset: of as many packs as this time is enough for, but one at least.
    std::optional<std::chrono::milliseconds> max_time{};
    const Cancel* cancel = nullptr;
    unsigned threads = 0;  ///< at most; 0: as OpenOptions::threads
};

/// Something a verify or repair found wrong.
struct Damage {
    Error what;                            ///< object: the pack, catalog or snapshot
    std::vector<std::string> snapshots{};  ///< names or short ids of the snapshots it touches
};

struct VerifyReport {
    std::uint64_t packs = 0, blocks = 0, chunks = 0, bytes = 0,
                  snapshots = 0;   ///< that were checked
    std::uint64_t all_packs = 0;   ///< that there are
    bool out_of_time = false;      ///< max_time was over before the share was checked
    std::uint64_t pool_files = 0;  ///< that were checked
    /// In the store's folder and not known to it: left by snapshots that were killed before their
    /// end, or being written. Not checked; no snapshot needs them.
    std::uint64_t unknown_packs = 0, unknown_bytes = 0;
    std::uint64_t forgotten = 0;  ///< snapshots that can be brought back; not walked
    /// Of those, not what their names say, each noted. No snapshot is touched: the next restore
    /// that wants such a file makes it anew.
    std::uint64_t pool_changed = 0;
    std::vector<Damage> damage{};
};

struct RepairOptions {
    /// Bring back every complete snapshot that the packs hold, also those that were never
    /// acknowledged. For a store that has lost its catalog and snapshots.log.
    bool unacknowledged = false;
    /// Folders, files and .holt files that may have what no pack has whole any more, asked in this
    /// order and only when something is lost. What they give is known by its digest.
    std::vector<std::string> from{};
    const Cancel* cancel = nullptr;  ///< else OpenOptions::cancel
    unsigned threads = 0;            ///< at most; 0: as OpenOptions::threads
};

struct RepairReport {
    std::uint64_t packs = 0, chunks = 0, snapshots = 0;  ///< in the catalog afterwards
    std::uint64_t brought_back = 0;     ///< acknowledged snapshots that the catalog did not know
    std::uint64_t unacknowledged = 0;   ///< never committed: in the packs, and left there
    std::uint64_t forgotten = 0;        ///< stayed so, and can be brought back
    std::uint64_t salvaged_chunks = 0;  ///< saved out of damaged packs, or found in the pool
    std::uint64_t regained_chunks = 0;  ///< taken again from RepairOptions::from
    std::uint64_t pool_removed = 0;     ///< changed files that were removed from the pool
    std::vector<Digest> quarantined{};  ///< ids of packs put aside
    std::vector<Damage> damage{};       ///< what no pack has whole any more
};

struct Stats {
    std::uint64_t snapshots = 0, packs = 0, blocks = 0, chunks = 0;
    std::uint64_t forgotten = 0;  ///< snapshots that can be brought back
    /// Of the packs those that no snapshot needs.
    std::uint64_t unused_packs = 0, unused_bytes = 0;
    /// Not counted among the packs: being collected, or left by snapshots that were killed before
    /// their end (or are being written).
    std::uint64_t going_packs = 0, going_bytes = 0, unknown_packs = 0, unknown_bytes = 0;
    std::uint64_t pack_bytes = 0;                  ///< on disk
    std::uint64_t catalog_bytes = 0;               ///< on disk
    std::uint64_t pool_files = 0, pool_bytes = 0;  ///< kept for hard links
    std::uint64_t pool_unused_bytes = 0;           ///< of those, what no restored tree shares
    std::uint64_t tmp_files = 0, tmp_bytes = 0;    ///< being written, or left by killed processes
    std::uint64_t quarantine_files = 0, quarantine_bytes = 0;  ///< put aside by repair
    std::uint64_t chunk_bytes = 0;  ///< content of all chunks, uncompressed, each once
    /// What two snapshots at once found new and both stored, uncompressed: a collection merges it.
    std::uint64_t duplicate_chunks = 0, duplicate_bytes = 0;
    std::uint64_t source_bytes =
        0;  ///< sum of all snapshots' bytes: what copies of them would take
};

}  // namespace holt
