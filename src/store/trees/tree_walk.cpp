#include "store/trees/tree_walk.h"

#include <cerrno>
#include <string>
#include <utility>

#include "codec/blake3/blake3.h"
#include "store/content/tree_cursor.h"
#include "store/format/folders_below.h"

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
    FoldersBelow to_visit;
    TreeEntry folder = root;
    std::string path;
    for (;;) {
        if (seen_.insert(key_of(folder)).second) {
            HOLT_TRY_LET(below, visit_folder(folder, path, visitor, on_damage));
            to_visit.push(path, std::move(below));
        }
        HOLT_TRY_LET(more, to_visit.next(folder, path));
        if (!more) return {};
    }
}

// Gives the folder's subfolders.
Result<PackedEntries> SnapshotTrees::visit_folder(const TreeEntry& folder, const std::string& path,
                                                  const Visitor& visitor,
                                                  const OnDamage& on_damage) {
    PackedEntries below;
    TreeCursor cursor(reader_, folder, path);
    do {
        auto slice = cursor.next();
        if (!slice) {
            // No descriptor, or another catalog in place of ours: that says nothing about the tree.
            if (slice.error().kind != ErrorKind::corrupt && slice.error().sys_errno != EIO)
                return std::unexpected(std::move(slice).error());
            on_damage(folder, path, std::move(slice).error());
            break;
        }
        HOLT_TRY(visitor(folder, path, *slice));
        for (TreeEntry& entry : *slice)
            if (entry.kind == fs::Kind::folder) below.add(std::move(entry));
    } while (!cursor.ended());
    return below;
}

}  // namespace holt::store
