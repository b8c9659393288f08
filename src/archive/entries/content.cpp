#include "archive/entries/content.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <limits>
#include <utility>

#include "archive/limits/zeros.h"
#include "store/format/entry_codec.h"

namespace holt::store {
namespace {

// As a snapshot's units: worth a trip through the pipeline, small enough that a few in flight cost
// little.
constexpr std::size_t kUnitBytes = 1u << 20;
constexpr std::size_t kUnitPieces = 512;
constexpr std::array<std::uint8_t, 64 << 10> kZeros{};

ByteView zero_chunk() {
    static const Bytes zeros(kMaxChunk);
    return zeros;
}

/// Most archives have none: four megabytes are hashed when the first one comes.
const Digest& zero_chunk_digest() {
    static const Digest digest = blake3::hash(zero_chunk());
    return digest;
}

}  // namespace

HashedArchiveUnit hash_unit(ArchiveUnit&& unit) {
    std::vector<ByteView> views;
    for (const auto& piece : unit.pieces)
        if (!piece.zeros) views.push_back(ByteView(unit.data).subspan(piece.offset, piece.length));
    std::vector<Digest> hashed(views.size());
    blake3::hash_many(views, hashed);
    if (hashed.size() == unit.pieces.size()) return {std::move(unit), std::move(hashed)};
    std::vector<Digest> digests;
    auto digest = hashed.begin();
    for (const auto& piece : unit.pieces)
        digests.push_back(piece.zeros ? zero_chunk_digest() : *digest++);
    return {std::move(unit), std::move(digests)};
}

Result<std::unique_ptr<ArchiveUnit>> ArchiveContentSource::next() {
    auto unit = gather();
    if (unit || unit.error().kind != ErrorKind::corrupt || entries_ == 0) return unit;
    unit.error().cause += "; the last of the " + std::to_string(entries_) +
                          " entries up to there is '" + printable(tree_.path(last_)) + "'";
    return unit;
}

Result<std::unique_ptr<ArchiveUnit>> ArchiveContentSource::gather() {
    auto unit = std::make_unique<ArchiveUnit>();
    while (unit->data.size() < kUnitBytes && unit->pieces.size() < kUnitPieces) {
        if (in_large_) {
            HOLT_TRY(take_chunk(*unit));
            continue;
        }
        HOLT_TRY_LET(more, reader_.next(entry_));
        if (!more) {
            if (unit->pieces.empty()) return nullptr;
            break;
        }
        HOLT_TRY_LET(admitted, admit_(entry_));
        if (admitted) HOLT_TRY(add_entry(*unit));
    }
    return unit;
}

// Into the tree; a file's content into the unit, or as much of it as comes first.
Status ArchiveContentSource::add_entry(ArchiveUnit& unit) {
    // What the tree keeps of it, and what is needed to read it, are two things.
    size_ = entry_.size;
    sparse_ = entry_.sparse;
    if (sparse_) data_ = entry_.data;
    HOLT_TRY_LET(added, tree_.add(std::move(entry_)));
    last_ = added.node;
    ++entries_;
    if (added.replaced) on_replaced_(tree_.path(added.node));
    if (added.content == ArchiveTree::kNone) return {};
    content_ = added.content;
    HOLT_TRY(begin_file());
    return in_large_ ? Status{} : take_small(unit);
}

Status ArchiveContentSource::begin_file() {
    at_ = 0;
    data_at_ = 0;
    stored_ = {};
    if (__builtin_add_overflow(measure_.described, size_, &measure_.described))
        measure_.described = std::numeric_limits<std::uint64_t>::max();
    HOLT_TRY(meter_(measure_));
    in_large_ = size_ > kSmallChunk;
    if (in_large_) {
        whole_.reset();
        zeros_ = 0;
        window_.restart();
    }
    return {};
}

Status ArchiveContentSource::count(ByteView content) {
    measure_.taken += bytes_not_zero(content);
    return meter_(measure_);
}

// Bytes from at_ on that lie in a hole.
std::uint64_t ArchiveContentSource::hole_left() noexcept {
    if (!sparse_) return 0;
    while (data_at_ < data_.size() && data_[data_at_].offset + data_[data_at_].length <= at_)
        ++data_at_;
    const std::uint64_t end = data_at_ < data_.size() ? data_[data_at_].offset : size_;
    return end > at_ ? end - at_ : 0;
}

Result<ByteView> ArchiveContentSource::next_bytes(std::size_t limit) {
    std::uint64_t most = std::min<std::uint64_t>(limit, size_ - at_);
    if (const std::uint64_t hole = hole_left(); hole > 0) {
        const auto zeros =
            static_cast<std::size_t>(std::min<std::uint64_t>({most, hole, kZeros.size()}));
        at_ += zeros;
        return ByteView(kZeros).first(zeros);
    }
    if (sparse_) most = std::min(most, data_[data_at_].offset + data_[data_at_].length - at_);
    if (stored_.empty()) {
        HOLT_TRY_LET(more, reader_.read());
        stored_ = more;
    }
    const ByteView taken =
        stored_.first(static_cast<std::size_t>(std::min<std::uint64_t>(most, stored_.size())));
    if (taken.empty())
        return fail(ErrorKind::corrupt, "read archive", tree_.path(tree_.first_of(content_)),
                    "its content is shorter than the archive says");
    stored_ = stored_.subspan(taken.size());
    at_ += taken.size();
    return taken;
}

Status ArchiveContentSource::take_small(ArchiveUnit& unit) {
    const std::size_t begin = unit.data.size();
    while (at_ < size_) {
        HOLT_TRY_LET(bytes, next_bytes(kSmallChunk));
        unit.data.insert(unit.data.end(), bytes.begin(), bytes.end());
    }
    HOLT_TRY(count(ByteView(unit.data).subspan(begin)));
    unit.pieces.push_back({.content = content_,
                           .offset = begin,
                           .length = static_cast<std::size_t>(size_),
                           .last = true,
                           .whole = true});
    return {};
}

// The digest of the whole file takes long runs of zeros by all threads.
void ArchiveContentSource::hash_zeros() {
    if (zeros_ > 0) whole_.update_zeros(std::exchange(zeros_, 0));
}

void ArchiveContentSource::take_zero_chunk(ArchiveUnit& unit) {
    at_ += kMaxChunk;
    zeros_ += kMaxChunk;
    ArchiveUnit::Piece piece{
        .content = content_, .length = kMaxChunk, .last = at_ == size_, .zeros = true};
    piece.whole = piece.last && size_ == kMaxChunk;
    if (piece.last) {
        hash_zeros();
        piece.file_digest = whole_.digest();
        in_large_ = false;
    }
    unit.pieces.push_back(piece);
}

Status ArchiveContentSource::take_chunk(ArchiveUnit& unit) {
    if (window_.empty() && hole_left() >= kMaxChunk) {
        take_zero_chunk(unit);
        return {};
    }
    HOLT_TRY(window_.fill([&](chunker::CutWindow& window) -> Status {
        HOLT_TRY_LET(bytes, next_bytes(window.missing()));
        window.append(bytes);
        if (at_ == size_) window.end();
        return {};
    }));
    const ByteView chunk = window_.cut();
    hash_zeros();
    whole_.update(chunk);
    HOLT_TRY(count(chunk));
    const bool last = window_.done();
    ArchiveUnit::Piece piece{
        .content = content_, .offset = unit.data.size(), .length = chunk.size(), .last = last};
    piece.whole = last && chunk.size() == size_;
    if (last) {
        piece.file_digest = whole_.digest();
        in_large_ = false;
    }
    unit.data.insert(unit.data.end(), chunk.begin(), chunk.end());
    unit.pieces.push_back(piece);
    return {};
}

Status ArchiveContents::process(const HashedArchiveUnit& unit, std::vector<RawBlock>& full) {
    candidates_.clear();
    for (std::size_t i = 0; i < unit.pieces().size(); ++i) {
        const ArchiveUnit::Piece& piece = unit.pieces()[i];
        if (piece.length == 0) continue;
        candidates_.push_back(
            {unit.digest(i), ChunkKind::data,
             piece.zeros ? zero_chunk() : unit.data().subspan(piece.offset, piece.length)});
    }
    HOLT_TRY(intake_.take(candidates_, full));
    for (std::size_t i = 0; i < unit.pieces().size(); ++i) {
        const ArchiveUnit::Piece& piece = unit.pieces()[i];
        if (piece.content == contents_.size()) {
            contents_.emplace_back();
            contents_.back().first_chunk = chunks_.size();
        }
        Content& content = contents_.back();
        assert(piece.content + 1 == contents_.size());
        content.size += piece.length;
        bytes_ += piece.length;
        if (piece.length > 0) ++content.chunks;
        if (!piece.whole)
            chunks_.push_back({unit.digest(i), static_cast<std::uint32_t>(piece.length)});
        if (piece.last) content.digest = piece.whole ? unit.digest(i) : piece.file_digest;
    }
    return {};
}

void ArchiveContents::fill(std::uint32_t content, TreeEntry& entry) const {
    const Content& known = contents_[content];
    entry.size = known.size;
    entry.content = known.digest;
    if (known.chunks == 1) {
        entry.chunks.push_back({known.digest, static_cast<std::uint32_t>(known.size)});
    } else if (known.chunks > 1) {
        const auto first = chunks_.begin() + static_cast<std::ptrdiff_t>(known.first_chunk);
        entry.chunks.assign(first, first + known.chunks);
    }
}

}  // namespace holt::store
