#include "store/format/tree_encoder.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "store/format/entry_codec.h"
#include "store/format/wire.h"

namespace holt::store {

static_assert(kMaxChunk == chunker::kMax, "a chunk may be as long as the chunker makes it");

TreeEncoder::TreeEncoder(std::size_t count) : to_come_(count) {
    // A file with one chunk takes some 60 bytes: name 15, digest 32, the rest 13.
    bytes_.buffer().reserve(kMinTreeSize + 64 * std::min<std::size_t>(count, kMaxChunk / 64));
    WireWriter writer(bytes_.buffer());
    write_tree_head(count, writer);
}

void TreeEncoder::add(const TreeEntry& entry) {
    WireWriter writer(out());
    write_entry(entry, writer);
    --to_come_;
}

TreeEncoder::Place TreeEncoder::add_later() {
    pieces_.emplace_back();
    --to_come_;
    return first_place_ + pieces_.size() - 1;
}

void TreeEncoder::complete(Place place, const TreeEntry& entry) {
    Piece& piece = pieces_.at(place - first_place_);
    Bytes bytes;
    WireWriter writer(bytes);
    write_entry(entry, writer);
    piece.bytes.insert(piece.bytes.begin(), bytes.begin(), bytes.end());
    piece.waits = false;
    while (!pieces_.empty() && !pieces_.front().waits) {
        bytes_.append(pieces_.front().bytes);
        pieces_.pop_front();
        ++first_place_;
    }
}

TreeEncoder::Chunk TreeEncoder::hand_out(ByteView bytes) {
    Chunk chunk{.digest = blake3::hash(bytes), .bytes = Bytes(bytes.begin(), bytes.end())};
    if (whole_) whole_->update(bytes);
    chunks_.push_back({chunk.digest, static_cast<std::uint32_t>(bytes.size())});
    size_ += bytes.size();
    return chunk;
}

std::optional<TreeEncoder::Chunk> TreeEncoder::take_chunk() {
    if (bytes_.uncut().size() <= kMaxChunk) {
        bytes_.drop();
        return std::nullopt;
    }
    if (!whole_) whole_ = std::make_unique<blake3::Hasher>();
    return hand_out(bytes_.cut());
}

std::vector<TreeEncoder::Chunk> TreeEncoder::finish(TreeEntry& folder) {
    assert(pieces_.empty() && to_come_ == 0);
    std::vector<Chunk> last;
    while (auto chunk = take_chunk()) last.push_back(*std::move(chunk));
    if (size_ == 0) {  // one chunk is all of it
        Bytes& all = bytes_.buffer();
        const Digest digest = blake3::hash(all);
        chunks_.push_back({digest, static_cast<std::uint32_t>(all.size())});
        size_ = all.size();
        last.push_back({digest, std::move(all)});
    } else {  // what is no longer than a chunk may be is not cut
        last.push_back(hand_out(bytes_.take(bytes_.uncut().size())));
    }
    folder.size = size_;
    folder.content = whole_ ? whole_->digest() : chunks_.front().digest;
    folder.chunks = std::move(chunks_);
    bytes_ = {};
    return last;
}

}  // namespace holt::store
