// Archives: snapshots written out as .tar, .tar.gz, .tar.zst, .zip or .holt, and read back in.
//
// A .tar (and what is made of it) is for other programs: GNU tar and bsdtar read it, and the same
// snapshot always gives the same bytes. A .holt file is for another Holt: snapshots with exactly
// the blocks that they need, as they are stored. Both stream: out to a pipe, in from a pipe, in one
// pass. An import is untrusted input: what SAFETY lists is ErrorKind::unsafe_input, a limit that is
// reached ErrorKind::no_space, a damaged or cut archive ErrorKind::corrupt; nothing is visible in
// the store then. Thread rule: as Store, whose operations these are (Store::export_to,
// import_from).
#pragma once

#include <holt/export.h>
#include <holt/store.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace holt {

enum class ArchiveFormat : std::uint8_t { tar, tar_gz, tar_zst, zip, holt };
/// "tar", "tar.gz", "tar.zst", "zip", "holt"
HOLT_API std::string_view name(ArchiveFormat format) noexcept;
/// From such a name, or from a file's name by its suffix (.tgz and .tzst too).
HOLT_API std::optional<ArchiveFormat> archive_format(std::string_view text) noexcept;

/// True when there is a file at `path` that begins as an archive, whatever its name; a pipe or
/// device cannot be looked into, and counts as one.
HOLT_API bool begins_as_archive(const std::string& path);

/// Takes an archive's bytes; an error it returns ends the export.
using ArchiveWrite = std::function<Status(std::span<const std::uint8_t>)>;
/// Gives an archive's bytes: how many it put there, 0 at the end; an error ends the import.
using ArchiveRead = std::function<Result<std::size_t>(std::span<std::uint8_t>)>;

/// Where an archive goes to or comes from: a path, a descriptor that is not closed, or a function,
/// which is called from one thread at a time, not always the calling one.
struct ArchivePlace {
    std::string path{};    ///< beside one of the others: its name for messages
    int fd = -1;           ///< -1: the path is opened
    ArchiveWrite write{};  ///< export: in place of both
    ArchiveRead read{};    ///< import: in place of both
};

struct ExportOptions {
    std::optional<ArchiveFormat> format{};  ///< nothing: by the path's suffix
    int level = 0;           ///< of the compression; 0: the format's default. Not for .holt
    bool overwrite = false;  ///< replace a file that is there
    /// .holt only: snapshots that the other side has; what they hold is left out.
    std::vector<std::string> since{};
    std::vector<std::string> include{}, exclude{};  ///< a selection (holt/store.hpp); not for .holt
    const Cancel* cancel = nullptr;
    unsigned threads = 0;  ///< at most; 0: as OpenOptions::threads
};

struct ExportReport {
    std::vector<SnapshotInfo> snapshots{};
    std::uint64_t files = 0, folders = 0, symlinks = 0, hard_links = 0, others = 0;
    std::uint64_t bytes = 0;  ///< content, each hard link once; of a .holt: of its snapshots
    std::uint64_t archive_bytes = 0;  ///< written
    /// What the format cannot hold and, but for .holt, what was left out when the snapshot was
    /// taken, each noted; > 0: `partial`
    std::uint64_t left_out = 0;
};

struct ImportOptions {
    std::string name{};  ///< of the new snapshot; of a .holt with one: instead of its own
    std::string key{};   ///< tar and zip only, like tags and level: a .holt brings its own
    Tags tags{};
    int level = 0;               ///< zstd level; 0: the default
    bool special_modes = false;  ///< keep setuid, setgid and sticky bits
    bool special_files = false;  ///< keep FIFOs; pass over devices, which are not kept, with a note
    bool all_xattrs = false;     ///< keep attributes other than user.*, access control lists too
    OwnerChoice owner{};         ///< tar and zip only
    std::uint64_t max_entries = 10'000'000;
    std::uint32_t max_depth = 1024;                    ///< components of a path
    std::uint64_t max_bytes = std::uint64_t{1} << 40;  ///< content, holes included
    std::uint64_t max_ratio = 1000;  ///< of content, without holes and zeros, to archive
    /// Memory for names and other metadata, bytes; and of that at most `max_ratio` for each byte of
    /// the archive, beyond 64 MiB.
    std::uint64_t max_metadata = std::uint64_t{2} << 30;
    std::uint64_t window_limit = std::uint64_t{128} << 20;  ///< of zstd frames, bytes
    const Cancel* cancel = nullptr;
    unsigned threads = 0;  ///< at most; 0: as OpenOptions::threads
};

struct ImportReport {
    std::vector<SnapshotInfo> snapshots{};
    std::uint64_t archive_bytes = 0;              ///< read
    std::uint64_t new_chunks = 0, new_bytes = 0;  ///< content the store did not have
    std::uint64_t stored_bytes = 0;               ///< bytes of packs added
    std::uint64_t skipped = 0;                    ///< devices, noted by kind
    std::uint64_t stripped = 0;  ///< entries that lost special mode bits or attributes, noted once
    /// Metadata that was asked for and could not be kept, noted by kind; > 0: `partial`.
    std::uint64_t warnings = 0;
};

/// Restores out of an archive without a store: `archive` is a file of any of the formats. What an
/// import refuses is refused here, before anything of it is at the destination. Space for the
/// content, lightly compressed, is needed beside the destination meanwhile.
HOLT_API Result<RestoreReport> restore_archive(const ArchivePlace& archive,
                                               const std::string& destination,
                                               const RestoreOptions&, const ImportOptions&,
                                               Observer&);

}  // namespace holt
