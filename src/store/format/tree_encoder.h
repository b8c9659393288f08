// Puts an encoded tree together, entry by entry, and cuts it into the chunks that it is stored as.
//
// Entries come in the order of their names; a subfolder's may come later, when its own tree is
// complete: what is behind it waits, encoded. Chunks are handed out as soon as it is known where
// they end, so a folder of a million names costs the memory of one chunk, and of what waits.
// Equal entries give equal bytes and equal chunks. Thread rule: one object, one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "codec/blake3/blake3.h"
#include "codec/chunker/cut_window.h"
#include "store/format/tree.h"

namespace holt::store {

class TreeEncoder {
  public:
    /// Of so many entries: as many must be added.
    explicit TreeEncoder(std::size_t count);

    void add(const TreeEntry& entry);
    /// An entry that is added later, at this place: they are numbered from 0.
    using Place = std::size_t;
    Place add_later();
    void complete(Place place, const TreeEntry& entry);

    /// A piece of the tree, as it is stored.
    struct Chunk {
        Digest digest{};
        Bytes bytes;
    };
    /// The next chunk that is sure to end where it ends; nothing until more was added. Only of a
    /// tree of several chunks.
    std::optional<Chunk> take_chunk();
    /// The last chunks, after which size, content and chunks of `folder` are those of this tree.
    /// All entries were added and completed.
    std::vector<Chunk> finish(TreeEntry& folder);

  private:
    /// An entry that comes later, and those behind it.
    struct Piece {
        Bytes bytes;
        bool waits = true;
    };
    Bytes& out() noexcept { return pieces_.empty() ? bytes_.buffer() : pieces_.back().bytes; }
    Chunk hand_out(ByteView bytes);

    chunker::CutWindow bytes_;  // complete, and not handed out
    std::deque<Piece> pieces_;
    Place first_place_ = 0;                  // of the first piece
    std::unique_ptr<blake3::Hasher> whole_;  // of several chunks
    std::uint64_t size_ = 0;                 // of the chunks handed out
    std::vector<ChunkRef> chunks_;
    std::size_t to_come_;  // entries that were not added yet
};

}  // namespace holt::store
