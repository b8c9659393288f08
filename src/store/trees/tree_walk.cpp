#include "store/trees/tree_walk.h"

#include <cerrno>
#include <utility>
#include <vector>

#include "fs/folder.h"

namespace holt::store {

Status SnapshotTrees::visit(const TreeEntry& root, const Visitor& visitor,
                            const OnDamage& on_damage) {
    std::vector<std::pair<TreeEntry, std::string>> to_visit{{root, ""}};
    while (!to_visit.empty()) {
        const auto [folder, path] = std::move(to_visit.back());
        to_visit.pop_back();
        if (!seen_.insert(folder.content).second) continue;
        auto tree = reader_.read_tree(folder, path);
        if (!tree) {
            // No descriptor, or another catalog in place of ours: that says nothing about the tree.
            if (tree.error().kind != ErrorKind::corrupt && tree.error().sys_errno != EIO)
                return std::unexpected(std::move(tree).error());
            on_damage(folder, path, std::move(tree).error());
            continue;
        }
        HOLT_TRY(visitor(folder, path, *tree));
        for (auto entry = tree->rbegin(); entry != tree->rend(); ++entry) {
            if (entry->kind != fs::Kind::folder) continue;
            std::string below = fs::join_path(path, entry->name);
            to_visit.emplace_back(std::move(*entry), std::move(below));
        }
    }
    return {};
}

}  // namespace holt::store
