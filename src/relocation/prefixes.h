// The folders that a tree's files name: for each the path that it was given by, and the real one if
// that is another (a symlink on the way). All are looked for in one pass.
//
// Most trees are of one folder. Those that are saved together are moved together, each to a path of
// its own: a file of one may name another, so every file is searched for the paths of all.
// Thread rule: values and pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"

namespace holt::relocation {

class Prefixes {
  public:
    /// As many as there are bytes that stand for one in a place's pattern.
    static constexpr std::size_t kMost = 29;

    struct Folder {
        std::string given, real;
    };
    /// `usage` for what would match everything or nothing: "/", a name of one character, a path
    /// that is not absolute, ends in a slash, or is over 4,095 bytes; and for too many.
    static Result<Prefixes> make(const std::string& given, const std::string& real);
    static Result<Prefixes> make(const std::vector<Folder>& folders);
    /// As texts() has them.
    static Result<Prefixes> from_texts(const std::vector<std::string>& texts);

    /// All different. Those of a folder stand together, first the path as given.
    const std::vector<std::string>& paths() const noexcept { return paths_; }
    const std::string& operator[](std::size_t i) const noexcept { return paths_[i]; }
    std::size_t size() const noexcept { return paths_.size(); }
    /// The number of the folder whose path that is.
    std::size_t folder_of(std::size_t i) const noexcept { return folders_[i]; }
    std::size_t folders() const noexcept { return folders_.empty() ? 0 : folders_.back() + 1; }
    bool has(const std::string& path) const noexcept;
    bool has(std::size_t folder, const std::string& path) const noexcept;
    /// The paths, with an empty text between those of one folder and the next.
    std::vector<std::string> texts() const;

    /// The byte that stands for a prefix in a pattern: none that a text or a path has.
    static char byte_of(std::size_t i) noexcept;
    /// The prefix that a byte stands for; nothing for one that is itself.
    std::optional<std::size_t> number_of(char byte) const noexcept;

    bool operator==(const Prefixes&) const = default;

  private:
    Status add(std::size_t folder, const std::string& path);

    std::vector<std::string> paths_;
    std::vector<std::size_t> folders_;  // of each path
};

/// A path that a tree can be moved to: as above, and without control bytes, which would break each
/// text that names it.
Status check_target(const std::string& path);

}  // namespace holt::relocation
