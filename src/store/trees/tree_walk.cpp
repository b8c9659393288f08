#include "store/trees/tree_walk.h"

#include <cerrno>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "codec/blake3/blake3.h"
#include "fs/folder.h"
#include "store/content/tree_cursor.h"
#include "store/format/packed_entries.h"

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
    // A stack: subfolders that were not visited yet, of the folder at `path`.
    struct Below {
        std::string path;
        PackedEntries entries{};
    };
    std::vector<Below> to_visit;
    std::optional<TreeEntry> next = root;
    for (std::string path; next || !to_visit.empty(); next.reset()) {
        if (!next) {
            Below& top = to_visit.back();
            HOLT_TRY_LET(entry, top.entries.first());
            if (entry == nullptr) {
                to_visit.pop_back();
                continue;
            }
            next = std::move(*entry);
            path = fs::join_path(top.path, next->name);
            top.entries.drop_first();
        }
        const TreeEntry folder = *std::move(next);
        if (!seen_.insert(key_of(folder)).second) continue;
        PackedEntries below;
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
            for (TreeEntry& entry : *slice)
                if (entry.kind == fs::Kind::folder) below.add(std::move(entry));
        } while (!cursor.ended());
        if (!below.empty()) to_visit.push_back({path, std::move(below)});
    }
    return {};
}

}  // namespace holt::store
