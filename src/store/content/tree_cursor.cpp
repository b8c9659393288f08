#include "store/content/tree_cursor.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace holt::store {
namespace {

std::uint64_t size_of(const TreeEntry& folder) {
    return std::accumulate(
        folder.chunks.begin(), folder.chunks.end(), std::uint64_t{0},
        [](std::uint64_t sum, const ChunkRef& chunk) { return sum + chunk.length; });
}

}  // namespace

// What was in a folder that was left out is unknown.
TreeCursor::TreeCursor(ChunkReader& reader, const TreeEntry& folder, const std::string& path)
    : reader_(&reader),
      shown_(path.empty() ? "/" : path),
      content_(folder.content),
      chunks_(folder.chunks),
      decoder_(size_of(folder), shown_),
      ended_(folder.left_out != LeftOut::no) {
    if (chunks_.size() > 1) whole_ = std::make_unique<blake3::Hasher>();
}

// At least as much as waits to be decoded: an entry that is longer than many chunks is tried so few
// times that this costs no more than reading it.
Status TreeCursor::load_more() {
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(at_));
    at_ = 0;
    const std::size_t begin = chunk_at_;
    for (std::size_t more = 0; chunk_at_ < chunks_.size();) {
        more += chunks_[chunk_at_++].length;
        if (more >= std::max<std::size_t>(bytes_.size(), 1)) break;
    }
    const auto wanted = std::span(chunks_).subspan(begin, chunk_at_ - begin);
    HOLT_TRY_LET(located, reader_->locate(wanted));
    // A piece of a large tree fills a block of its own, which nobody else will want.
    const Reuse reuse = whole_ ? Reuse::unlikely : Reuse::likely;
    return reader_->read(
        located,
        [&](std::size_t, ByteView bytes) -> Status {
            if (whole_) whole_->update(bytes);
            bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
            return {};
        },
        reuse);
}

Status TreeCursor::finish() {
    ended_ = true;
    bytes_ = {};
    // Of a single chunk it is the chunk's digest, which was computed.
    if (!whole_ || whole_->digest() == content_) return {};
    return fail(ErrorKind::corrupt, "read tree", shown_,
                "it has another digest than the folder says", Advice::verify_store);
}

Result<Tree> TreeCursor::next() {
    Tree slice;
    while (!ended_ && slice.size() < kSlice) {
        ByteView bytes = ByteView(bytes_).subspan(at_);
        HOLT_TRY_LET(got, decoder_.next(bytes, slice.emplace_back()));
        at_ = bytes_.size() - bytes.size();
        if (got == TreeDecoder::Got::entry) {
            if (slice.size() == 1) slice.reserve(std::min(kSlice, decoder_.to_come() + 1));
            if (decoder_.to_come() == 0) HOLT_TRY(finish());
            continue;
        }
        slice.pop_back();
        HOLT_TRY(got == TreeDecoder::Got::more ? load_more() : finish());
    }
    return slice;
}

Result<std::size_t> TreeCursor::to_come() {
    while (!ended_) {
        ByteView bytes = ByteView(bytes_).subspan(at_);
        HOLT_TRY_LET(got, decoder_.begin(bytes));
        at_ = bytes_.size() - bytes.size();
        if (got == TreeDecoder::Got::entry) break;
        HOLT_TRY(load_more());
    }
    return decoder_.to_come() + (slice_.size() - slice_at_);
}

Result<TreeEntry*> TreeCursor::next_entry() {
    if (slice_at_ == slice_.size()) {
        slice_.clear();
        HOLT_TRY_LET(slice, next());
        slice_ = std::move(slice);
        slice_at_ = 0;
        if (slice_.empty()) return nullptr;
    }
    return &slice_[slice_at_++];
}

Result<std::optional<TreeEntry>> find_child(ChunkReader& reader, const TreeEntry& folder,
                                            std::string_view name, const std::string& path) {
    TreeCursor cursor(reader, folder, path);
    std::optional<TreeEntry> found;
    // To the end, so that only what is in a valid tree is found.
    while (!cursor.ended()) {
        HOLT_TRY_LET(slice, cursor.next());
        const auto at = std::ranges::lower_bound(slice, name, {}, &TreeEntry::name);
        if (at != slice.end() && at->name == name) found = std::move(*at);
    }
    return found;
}

}  // namespace holt::store
