// Reading the trees of many folders at once: their chunks are located under one lock and hashed
// together in SIMD lanes. Thread rule: as ChunkReader, any thread.
#pragma once

#include <span>
#include <vector>

#include "store/content/chunk_reader.h"

namespace holt::store {

/// trees[i] is that of *folders[i]; `path(i)` names it in errors.
template <class Path>
Result<std::vector<Tree>> read_trees(ChunkReader& reader, std::span<const TreeEntry* const> folders,
                                     Path path) {
    std::vector<ChunkRef> chunks;
    std::vector<std::size_t> folder_of;  // parallel to chunks
    for (std::size_t i = 0; i < folders.size(); ++i) {
        chunks.insert(chunks.end(), folders[i]->chunks.begin(), folders[i]->chunks.end());
        folder_of.resize(chunks.size(), i);
    }
    HOLT_TRY_LET(located, reader.locate(chunks));
    std::vector<Tree> trees(folders.size());
    Bytes large;  // of a tree of several chunks, which come one after the other
    HOLT_TRY(reader.read(located, [&](std::size_t at, ByteView bytes) -> Status {
        const std::size_t i = folder_of[at];
        const std::string object = path(i).empty() ? "/" : path(i);
        if (folders[i]->chunks.size() == 1) {
            HOLT_TRY_LET(tree, decode_tree(bytes, object));
            trees[i] = std::move(tree);
            return {};
        }
        if (at == 0 || folder_of[at - 1] != i) large.clear();
        large.insert(large.end(), bytes.begin(), bytes.end());
        if (at + 1 < folder_of.size() && folder_of[at + 1] == i) return {};
        HOLT_TRY_LET(tree, decode_tree(large, object));
        trees[i] = std::move(tree);
        return {};
    }));
    return trees;
}

}  // namespace holt::store
