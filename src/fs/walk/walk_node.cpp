#include "fs/walk/walk_node.h"

#include <utility>
#include <vector>

namespace holt::fs {
namespace {

NodePtr make_child(const NodePtr& parent, DirEntry entry) {
    auto child = std::make_shared<WalkNode>();
    child->parent = parent;
    child->name = std::move(entry.name);
    child->depth = parent->depth + 1;
    child->stat = entry.stat;
    return child;
}

}  // namespace

std::string path_below(const WalkNode* top, const WalkNode& node) {
    std::vector<const std::string*> names;
    std::size_t length = 0;
    for (const WalkNode* at = &node; at != top && at->parent; at = at->parent.get()) {
        names.push_back(&at->name);
        length += at->name.size() + 1;
    }
    std::string path;
    path.reserve(length);
    for (std::size_t i = names.size(); i-- > 0;) {
        if (!path.empty()) path += '/';
        path += *names[i];
    }
    return path;
}

std::size_t entry_count(const WalkNode& node) noexcept {
    return 1 + node.listing.entries.size() + (node.many ? node.many->size() / 4 : 0);
}

std::list<NodePtr> subfolders_of(const NodePtr& node) {
    std::list<NodePtr> children;
    if (node->many) {
        node->unopened = node->many->count(Kind::folder);
        if (node->unopened == 0) return children;
        auto all = std::make_shared<WalkNode>();
        all->parent = node;
        all->further = std::make_unique<LongListingReader>(node->many);
        all->further_count = node->unopened;
        children.push_back(std::move(all));
        return children;
    }
    for (const DirEntry& entry : node->listing.entries)
        if (entry.stat.kind == Kind::folder) children.push_back(make_child(node, entry));
    node->unopened = children.size();
    return children;
}

std::list<NodePtr> next_of(WalkNode& rest, std::size_t most) {
    std::list<NodePtr> next;
    DirEntry entry;
    while (rest.further_count > 0 && next.size() < most && rest.further->next(entry)) {
        if (entry.stat.kind != Kind::folder) continue;
        next.push_back(make_child(rest.parent, std::move(entry)));
        --rest.further_count;
    }
    return next;
}

}  // namespace holt::fs
