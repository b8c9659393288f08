// Reads a stored tree in slices: a folder of a million names costs the memory of some thousand
// entries, and of one chunk of its tree.
//
// Each chunk's digest is checked before it is decoded. That the chunks together are what the folder
// says is known behind the last entry: next() fails then, and nobody may rely on what came before,
// until it gave an empty slice or ended() is true. Thread rule: one thread at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/blake3/blake3.h"
#include "store/content/chunk_reader.h"
#include "store/format/tree_decoder.h"

namespace holt::store {

class TreeCursor {
  public:
    static constexpr std::size_t kSlice = 2048;

    /// Of a folder's tree; `path` is for errors. `reader` outlives it. Nothing is read yet.
    TreeCursor(ChunkReader& reader, const TreeEntry& folder, const std::string& path);

    /// The entries that come next, in order, at most kSlice; none behind the last.
    Result<Tree> next();
    /// The same one by one: valid, and to be moved from, until the next call; null behind the last.
    Result<TreeEntry*> next_entry();
    /// How many are to come.
    Result<std::size_t> to_come();
    /// True when the last entry was given out by next().
    bool ended() const noexcept { return ended_; }

  private:
    Status load_more();
    Status finish();

    ChunkReader* reader_;
    std::string shown_;
    Digest content_;
    std::vector<ChunkRef> chunks_;
    std::size_t chunk_at_ = 0;  // the first that was not loaded
    TreeDecoder decoder_;
    std::unique_ptr<blake3::Hasher> whole_;  // of several chunks
    Bytes bytes_;
    std::size_t at_ = 0;  // in bytes_: the first that was not decoded
    bool ended_;
    Tree slice_;  // of next_entry
    std::size_t slice_at_ = 0;
};

/// The entry of this name in a folder's tree; nothing when there is none.
Result<std::optional<TreeEntry>> find_child(ChunkReader& reader, const TreeEntry& folder,
                                            std::string_view name, const std::string& path);

}  // namespace holt::store
