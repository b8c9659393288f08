// Where a tree is moved to, as one text, which goes with each of its files.
//
//   ["!"] path [NUL path]...    one for each folder of the tree (relocation/prefixes.h)
//
// An empty path: that folder stays at its own, and so does one that is not named. With "!" places
// that cannot be moved stay as they are; without it there is no moved form of a file that has one.
// Thread rule: values and pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "relocation/prefixes.h"

namespace holt::relocation {

class Target {
  public:
    /// A view of the text.
    explicit Target(std::string_view text) noexcept;

    static std::string text(const std::vector<std::string>& paths);
    static std::string leaving(const std::string& text);

    bool leaves() const noexcept { return leaves_; }
    /// What a prefix becomes.
    std::string_view moved(const Prefixes& prefixes, std::size_t prefix) const noexcept;
    /// Whether what a prefix becomes is longer.
    bool is_longer(const Prefixes& prefixes, std::size_t prefix) const noexcept {
        return moved(prefixes, prefix).size() > prefixes[prefix].size();
    }

  private:
    std::string_view paths_;
    bool leaves_;
};

}  // namespace holt::relocation
