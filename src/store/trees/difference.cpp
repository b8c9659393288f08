#include "store/trees/difference.h"

#include <fmt/format.h>

#include <utility>

#include "base/rfc3339.h"

namespace holt::store {
namespace {

bool same_content(const TreeEntry& a, const TreeEntry& b) {
    if (a.kind == fs::Kind::symlink) return a.symlink_target == b.symlink_target;
    return a.kind != fs::Kind::file || (a.size == b.size && same_digest(a, b));
}

// All but the content: "mode 0644 -> 0755, owner 0:0 -> 1000:1000".
std::string metadata_change(Facets facets, const InodeFacts& a, const InodeFacts& b) {
    std::string text;
    const auto add = [&](Facet facet, const auto& change) {
        if (facets.has(facet)) text += (text.empty() ? "" : ", ") + change();
    };
    add(Facet::mode, [&] { return fmt::format("mode {:04o} -> {:04o}", a.mode, b.mode); });
    add(Facet::owner,
        [&] { return fmt::format("owner {}:{} -> {}:{}", a.uid, a.gid, b.uid, b.gid); });
    add(Facet::mtime,
        [&] { return fmt::format("mtime {} -> {}", rfc3339(a.mtime), rfc3339(b.mtime)); });
    add(Facet::attributes, [] { return std::string("extended attributes"); });
    add(Facet::links, [] { return std::string("hard links"); });
    return text;
}

std::string shown(const std::string& path) {
    return path.empty() ? "." : path;
}

}  // namespace

bool same_digest(const TreeEntry& a, const TreeEntry& b) {
    return a.content == b.content && (a.chunks == b.chunks || a.chunks.empty() ||
                                      b.chunks.empty() || a.relocation != b.relocation);
}

Facets compare_entries(const TreeEntry& a, const TreeEntry& b, Owners owners) {
    const bool attributes_known = !a.attributes_left_out && !b.attributes_left_out;
    return compare_inodes(InodeFacts::of(a), InodeFacts::of(b), owners)
        .set(Facet::kind, a.kind != b.kind)
        .set(Facet::content, !same_content(a, b))
        .set(Facet::attributes, attributes_known && a.xattrs != b.xattrs)
        .set(Facet::links, a.hard_link_to != b.hard_link_to);
}

std::optional<DiffEntry> describe_difference(Facets facets, const InodeFacts& a,
                                             const InodeFacts& b, const std::string& path) {
    if (facets.none()) return std::nullopt;
    if (facets.has(Facet::kind)) return describe_lone(path, Change::kind);
    const Change change = facets.has(Facet::content) ? Change::content : Change::metadata;
    return DiffEntry{shown(path), change, metadata_change(facets, a, b)};
}

DiffEntry describe_lone(const std::string& path, Change change) {
    return {.path = shown(path), .change = change};
}

}  // namespace holt::store
