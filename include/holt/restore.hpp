// How a snapshot is restored, and what came of that. Thread rule: values.
#pragma once

#include <holt/export.h>
#include <holt/cancel.hpp>
#include <holt/snapshot_info.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holt {

enum class Mtime : std::uint8_t { preserve, now, epoch };

/// Whose restored or imported files become.
struct OwnerChoice {
    enum class Who : std::uint8_t {
        preserve,  ///< those that the snapshot or archive names; as an ordinary user, the caller's
        caller,    ///< the caller's, all of them
        given      ///< `uid` and `gid`; as root
    };
    Who who = Who::preserve;
    std::uint32_t uid = 0;
    std::optional<std::uint32_t> gid{};  ///< nothing: the caller's group
};

/// How restored files share their content with the store. What is shared is checked like all else.
enum class LinkMode : std::uint8_t {
    automatic,  ///< reflink where the file system can, else copy
    /// Hard links into the store's pool: the fastest, and takes no room. The files are read-only,
    /// as all trees that have them would change together. Where it cannot be done: copy.
    hardlink,
    reflink,           ///< clones of the pool's files, which may be written; else copy
    copy,              ///< files of their own
    require_hardlink,  ///< as hardlink, but an error where it cannot be done
    require_reflink,
};
HOLT_API std::string_view name(LinkMode mode) noexcept;

struct RestoreOptions {
    /// Restore into a folder that is not empty and was not restored by this store, over what stands
    /// there.
    bool force = false;
    bool remove_extra = false;  ///< with force: remove what the snapshot does not have
    bool paranoid = false;      ///< in place: read every file, whatever its stat record proves
    /// A folder that is there is replaced whole, in one step; durable, and needs room for both.
    bool atomic = false;
    bool dry_run = false;
    bool durable = false;  ///< everything is on the disk before success is reported
    Mtime mtime = Mtime::preserve;
    LinkMode link = LinkMode::automatic;
    OwnerChoice owner{};  ///< a setuid or setgid file that gets another owner loses these bits
    /// A snapshot that was taken relocatable is moved to where it is restored: what names its old
    /// path names the new one. Off: every file as it was. A part of a snapshot always is.
    bool relocate = true;
    /// Globs: files in which what cannot be moved stays as it was. Without one, `unsafe_input`.
    std::vector<std::string> leave{};
    /// A selection. In place what is not selected stays; `atomic` is refused there. A new folder is
    /// remembered as restored from the whole snapshot: restoring without a selection completes it.
    std::vector<std::string> include{}, exclude{};
    const Cancel* cancel = nullptr;
    unsigned threads = 0;  ///< at most; 0: as OpenOptions::threads
};

struct RestoreReport {
    SnapshotInfo snapshot;
    std::string path{};     ///< what was written: the destination, or a name in it
    bool in_place = false;  ///< a folder that stood there was mended: what follows is what was made
    std::uint64_t files = 0, folders = 0, symlinks = 0, hard_links = 0, others = 0;
    std::uint64_t bytes = 0;    ///< content written
    std::uint64_t kept = 0;     ///< in place: files that were right
    std::uint64_t hashed = 0;   ///< in place: files that were read to know that
    std::uint64_t mended = 0;   ///< in place: entries that only got other metadata
    std::uint64_t removed = 0;  ///< in place: names that the snapshot does not have
    /// Noted by kind: metadata that could not be set, what could not be removed. > 0: `partial`.
    std::uint64_t warnings = 0;
    /// Items that were left out when the snapshot was taken, and mounts where the snapshot has
    /// nothing, each noted; > 0: `partial`. What stands at or below their paths is left as it is.
    std::uint64_t left_out = 0;
    LinkMode link = LinkMode::copy;   ///< what was done: hardlink, reflink or copy
    std::uint64_t files_linked = 0;   ///< files that share their content with the pool
    std::uint64_t pool_replaced = 0;  ///< pool files that were found changed, each noted
    bool relocated = false;           ///< what names the old path was written with the new one
};

}  // namespace holt
