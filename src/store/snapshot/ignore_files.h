// What files in the tree itself ask to be left out of a snapshot: CACHEDIR.TAG, .gitignore, and
// marker files that the user names.
//
// A folder marked as a cache, or by a marker file, keeps that file and loses all else, so that the
// mark is there again when the snapshot is restored; the root itself is always taken, since the
// user named it. A .gitignore applies to its folder and all below it, the deepest one that has a
// matching pattern decides, as gitignore(5) says; what git reads besides (info/exclude, the user's
// own file) is not looked at. Thread rule: apply() from any thread; a folder after the one above
// it.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fs/folder.h"
#include "fs/walk/walk.h"
#include "store/operation/reporter.h"
#include "store/source/exclude.h"

namespace holt::store {

struct IgnoreOptions {
    bool caches = false;                    ///< folders with a CACHEDIR.TAG
    bool gitignore = false;                 ///< what .gitignore files say
    std::vector<std::string> if_present{};  ///< folders that have a file of one of these names

    bool any() const noexcept { return caches || gitignore || !if_present.empty(); }
};

class IgnoreFiles {
  public:
    IgnoreFiles(IgnoreOptions options, Reporter& reporter)
        : options_(std::move(options)), reporter_(reporter) {}

    /// Drops from a folder's sorted names what is to be left out, and gives what decides about the
    /// others once their kind is known, or nothing. `path` is relative to the root.
    fs::WalkOptions::KeepEntry apply(const std::string& path, int folder,
                                     std::vector<std::string>& names);

  private:
    using Names = std::vector<std::string>;

    bool is_cache(const std::string& path, int folder) const;
    std::optional<std::string> mark_of(const std::string& path, int folder,
                                       const Names& names) const;
    void read_gitignore(const std::string& path, int folder, const Names& names);
    bool is_ignored(const std::string& path, fs::Kind kind) const;

    const IgnoreOptions options_;
    Reporter& reporter_;
    mutable std::mutex mutex_;                                               // guards rules_
    std::unordered_map<std::string, std::shared_ptr<const Exclude>> rules_;  // by folder
};

/// The patterns of a .gitignore: comments and empty lines dropped, trailing spaces cut.
std::vector<std::string> gitignore_patterns(std::string_view text);

}  // namespace holt::store
