// The hard links of a snapshot that somebody else describes: each must name an entry that stands
// before it in walk order, is no folder and no link itself, and is the same in all but its name.
// Anything else could not be restored as it says.
//
// The same tree may lie at several paths, and a link in it mean another entry at each: so every
// path counts here, which the limit on entries bounds. Folders without a link below are passed
// over. Thread rule: one thread at a time.
#pragma once

#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include <holt/digest.hpp>
#include "base/error.h"
#include "store/format/tree.h"

namespace holt::store {

class LinkCheck {
  public:
    using ReadTree = std::function<Result<Tree>(const TreeEntry& folder, const std::string& path)>;
    /// True when the tree of that digest has a link in it, or below.
    using HasLinks = std::function<bool(const Digest& tree)>;

    /// `shown`: the file, for messages.
    LinkCheck(ReadTree read_tree, HasLinks has_links, std::string shown)
        : read_tree_(std::move(read_tree)),
          has_links_(std::move(has_links)),
          shown_(std::move(shown)) {}

    Status check(const TreeEntry& root);

  private:
    /// What the links say of their first name.
    struct Head {
        std::string link;  ///< the first of them
        Digest inode{};    ///< all but the name
    };
    Status gather(const TreeEntry& root);
    Status add(const TreeEntry& link, const std::string& path);
    Status look_up(const TreeEntry& root);
    Status compare(const Tree& folder, std::string_view name, const std::string& path,
                   const Head& head) const;
    std::unexpected<Error> refuse(const std::string& path, std::string cause) const;

    const ReadTree read_tree_;
    const HasLinks has_links_;
    const std::string shown_;
    std::unordered_map<std::string, Head> heads_;  // by path
};

}  // namespace holt::store
