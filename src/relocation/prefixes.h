// The folder that a tree's files name: the path that it was given by, and the real one if that is
// another (a symlink on the way). Both are looked for, in one pass.
// Thread rule: values and pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"

namespace holt::relocation {

class Prefixes {
  public:
    static constexpr std::size_t kMost = 2;

    /// `usage` for what would match everything or nothing: "/", a name of one character, a path
    /// that is not absolute, ends in a slash, or is over 4,095 bytes.
    static Result<Prefixes> make(const std::string& given, const std::string& real);

    /// One or two, different; the first is the path as given.
    const std::vector<std::string>& paths() const noexcept { return paths_; }
    const std::string& operator[](std::size_t i) const noexcept { return paths_[i]; }
    std::size_t size() const noexcept { return paths_.size(); }
    bool has(const std::string& path) const noexcept;

    bool operator==(const Prefixes&) const = default;

  private:
    std::vector<std::string> paths_;
};

/// A path that a tree can be moved to: as above, and without control bytes, which would break each
/// text that names it.
Status check_target(const std::string& path);

}  // namespace holt::relocation
