#include "archive/holt/link_check.h"

#include <algorithm>
#include <utility>

#include "codec/blake3/blake3.h"
#include "fs/folder.h"

namespace holt::store {
namespace {

/// The first component of `path`, which it is shortened by.
std::string_view take_component(std::string_view& path) {
    const std::size_t slash = path.find('/');
    const std::string_view first = path.substr(0, slash);
    path.remove_prefix(slash == path.npos ? path.size() : slash + 1);
    return first;
}

// In walk order: the entries of a folder by name, then its subfolders by name with all below them.
bool stands_before(std::string_view a, std::string_view b) {
    for (;;) {
        const std::string_view in_a = take_component(a), in_b = take_component(b);
        if (a.empty() != b.empty()) return a.empty();
        if (in_a != in_b || a.empty()) return in_a < in_b;
    }
}

Digest inode_of(TreeEntry entry) {
    entry.name.clear();
    entry.hard_link_to.clear();
    Bytes bytes;
    encode_entry(entry, bytes);
    return blake3::hash(bytes);
}

}  // namespace

std::unexpected<Error> LinkCheck::refuse(const std::string& path, std::string cause) const {
    return fail(ErrorKind::unsafe_input, "import '" + printable(shown_) + "'", path,
                std::move(cause), "nothing was imported");
}

Status LinkCheck::add(const TreeEntry& link, const std::string& path) {
    if (!stands_before(link.hard_link_to, path))
        return refuse(path, "a hard link to what does not stand before it");
    const Digest inode = inode_of(link);
    const auto [head, fresh] = heads_.try_emplace(link.hard_link_to, Head{path, inode});
    if (!fresh && head->second.inode != inode)
        return refuse(path, "a hard link with other content or metadata than its other names");
    return {};
}

Status LinkCheck::gather(const TreeEntry& root) {
    std::vector<std::pair<TreeEntry, std::string>> to_visit{{root, ""}};
    while (!to_visit.empty()) {
        const auto [folder, path] = std::move(to_visit.back());
        to_visit.pop_back();
        if (!has_links_(folder.content)) continue;
        HOLT_TRY_LET(tree, read_tree_(folder, path));
        for (const TreeEntry& entry : tree)
            if (!entry.hard_link_to.empty()) HOLT_TRY(add(entry, fs::join_path(path, entry.name)));
        for (auto entry = tree.rbegin(); entry != tree.rend(); ++entry) {
            if (entry->kind != fs::Kind::folder || entry->left_out != LeftOut::no) continue;
            std::string below = fs::join_path(path, entry->name);
            to_visit.emplace_back(std::move(*entry), std::move(below));
        }
    }
    return {};
}

Status LinkCheck::compare(const Tree& folder, std::string_view name, const std::string& path,
                          const Head& head) const {
    const auto found = std::ranges::lower_bound(
        folder, name, {}, [](const TreeEntry& entry) { return std::string_view(entry.name); });
    if (found == folder.end() || found->name != name || found->left_out != LeftOut::no)
        return refuse(head.link, "a hard link to '" + printable(path) + "', which is not there");
    if (found->kind == fs::Kind::folder) return refuse(head.link, "a hard link to a folder");
    if (!found->hard_link_to.empty()) return refuse(head.link, "a hard link to a hard link");
    if (inode_of(*found) != head.inode)
        return refuse(head.link,
                      "a hard link with other content or metadata than '" + printable(path) + "'");
    return {};
}

// The first names, folder by folder: each path shares its beginning with the one before.
Status LinkCheck::look_up(const TreeEntry& root) {
    std::vector<const std::string*> paths;
    for (const auto& [path, head] : heads_) paths.push_back(&path);
    std::ranges::sort(paths, {},
                      [](const std::string* path) -> const std::string& { return *path; });
    struct Open {
        std::string name;  // of the folder in the one before
        Tree tree;
    };
    HOLT_TRY_LET(top, read_tree_(root, ""));
    std::vector<Open> open;
    open.push_back({"", std::move(top)});
    for (const std::string* const path : paths) {
        const Head& head = heads_.at(*path);
        std::string_view rest = *path;
        std::size_t level = 0;
        for (;;) {
            const std::string_view name = take_component(rest);
            if (rest.empty()) {
                HOLT_TRY(compare(open[level].tree, name, *path, head));
                break;
            }
            ++level;
            if (level < open.size() && open[level].name == name) continue;
            open.resize(level);
            const Tree& above = open.back().tree;
            const auto found = std::ranges::lower_bound(
                above, name, {}, [](const TreeEntry& e) { return std::string_view(e.name); });
            const bool there = found != above.end() && found->name == name &&
                               found->kind == fs::Kind::folder && found->left_out == LeftOut::no;
            if (!there)
                return refuse(head.link,
                              "a hard link to '" + printable(*path) + "', which is not there");
            HOLT_TRY_LET(tree, read_tree_(*found, *path));
            open.push_back({std::string(name), std::move(tree)});
        }
    }
    return {};
}

Status LinkCheck::check(const TreeEntry& root) {
    heads_.clear();
    HOLT_TRY(gather(root));
    if (heads_.empty()) return {};
    return look_up(root);
}

}  // namespace holt::store
