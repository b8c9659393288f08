#include "store/trees/tree_walk.h"

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "codec/blake3/blake3.h"
#include "fs/folder.h"
#include "store/content/tree_cursor.h"

namespace holt::store {
namespace {

// A tree's digest, and in which parts it is said to lie: two that claim one digest with other parts
// are looked at both.
Digest key_of(const TreeEntry& folder) {
    if (folder.chunks.size() < 2) return folder.content;
    blake3::Hasher hasher;
    hasher.update(folder.content.view());
    for (const ChunkRef& chunk : folder.chunks) hasher.update(chunk.digest.view());
    return hasher.digest();
}

}  // namespace

Status SnapshotTrees::visit(const TreeEntry& root, const Visitor& visitor,
                            const OnDamage& on_damage) {
    std::vector<std::pair<TreeEntry, std::string>> to_visit{{root, ""}};
    while (!to_visit.empty()) {
        const auto [folder, path] = std::move(to_visit.back());
        to_visit.pop_back();
        if (!seen_.insert(key_of(folder)).second) continue;
        const std::size_t known = to_visit.size();
        TreeCursor cursor(reader_, folder, path);
        do {
            auto slice = cursor.next();
            if (!slice) {
                // No descriptor, or another catalog in place of ours: that says nothing about the
                // tree.
                if (slice.error().kind != ErrorKind::corrupt && slice.error().sys_errno != EIO)
                    return std::unexpected(std::move(slice).error());
                on_damage(folder, path, std::move(slice).error());
                break;
            }
            HOLT_TRY(visitor(folder, path, *slice));
            for (TreeEntry& entry : *slice) {
                if (entry.kind != fs::Kind::folder) continue;
                std::string below = fs::join_path(path, entry.name);
                to_visit.emplace_back(std::move(entry), std::move(below));
            }
        } while (!cursor.ended());
        std::reverse(to_visit.begin() + static_cast<std::ptrdiff_t>(known), to_visit.end());
    }
    return {};
}

}  // namespace holt::store
