// What is known of a snapshot, how one is taken, and what came of that. Thread rule: values.
#pragma once

#include <holt/cancel.hpp>
#include <holt/digest.hpp>
#include <holt/time.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace holt {

using Tags = std::vector<std::pair<std::string, std::string>>;

struct SnapshotInfo {
    Digest id{};
    Digest root{};     ///< of the root folder's tree
    std::string name;  ///< may be empty
    std::string key;   ///< may be empty
    Tags tags{};
    std::string source;  ///< absolute path it was taken from, bytes
    Time created{};
    std::uint64_t files = 0, folders = 0, symlinks = 0, others = 0;  ///< folders count the root
    std::uint64_t bytes = 0;     ///< sum of file sizes, each hard link counted once
    std::uint64_t left_out = 0;  ///< items that could not be read when it was taken
    bool hold = false;           ///< nothing forgets it
    /// When it was restored last, to the second, as far as the store could be written to then.
    std::optional<Time> last_used{};
    // Of an entry of the cache (holt/cache.hpp):
    std::string scope{};                      ///< who sees its key; empty: main
    std::string producer{};                   ///< "user@host", may be empty
    std::optional<std::uint64_t> build_ms{};  ///< what it took to make it, if that is known
    std::uint64_t folders_saved = 1;          ///< more: its root has so many folders, 01, 02, ...
};

/// A SNAP[:SUB], taken apart.
struct SnapshotPath {
    SnapshotInfo snapshot;
    std::string path;  ///< in the snapshot, without needless slashes and dots; "" is its root
};

struct SnapshotOptions {
    std::string name{};  ///< must not be taken yet
    std::string key{};   ///< at most 1,024 bytes, without control bytes
    Tags tags{};
    std::vector<std::string>
        exclude{};  ///< globs as .gitignore's: * ** ? [..], a slash anchors at the root
    bool exclude_caches =
        false;               ///< of folders with a CACHEDIR.TAG (bford.info/cachedir) only that
    bool gitignore = false;  ///< leave out what the .gitignore files in the tree say
    std::vector<std::string>
        exclude_if_present{};  ///< of folders with a file of such a name only that
    int level = 0;             ///< zstd level; 0: the default
    bool one_file_system = false;
    bool read_all = false;  ///< hash every file, also those whose stat record is unchanged
    /// Find where files name the folder's own path, so that a restore elsewhere can write the new
    /// one. `usage` for one file, and for a path that would be found everywhere ("/").
    bool relocatable = false;
    const Cancel* cancel = nullptr;
    unsigned threads = 0;  ///< at most; 0: as OpenOptions::threads
};

struct SnapshotReport {
    SnapshotInfo snapshot;
    std::uint64_t files_read = 0;       ///< files whose content was read
    std::uint64_t files_unchanged = 0;  ///< files that a stat record proved unchanged
    std::uint64_t bytes_read = 0;
    std::uint64_t new_chunks = 0,
                  new_bytes = 0;     ///< content the store did not have, before compression
    std::uint64_t stored_bytes = 0;  ///< bytes of packs added
    std::uint64_t skipped = 0;       ///< sockets and devices, noted by kind
    std::uint64_t left_out =
        0;  ///< unreadable items, each noted; > 0: the caller reports `partial`
};

}  // namespace holt
