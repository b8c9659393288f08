#include "store/snapshot/large_file_reader.h"

#include <algorithm>
#include <utility>

#include "fs/buffer_pool.h"
#include "fs/file.h"
#include "fs/metadata/metadata.h"
#include "fs/sparse.h"
#include "store/source/file_hash.h"

namespace holt::store {
namespace {

static_assert(kMaxChunk == chunker::kMax, "a chunk of zeros is as long as a chunk may be");

// More than a path and what decides about it.
constexpr std::size_t kMostSearched = 16u << 10;

}  // namespace

ByteView zero_chunk() {
    static const Bytes zeros(kMaxChunk);
    return zeros;
}

const Digest& zero_chunk_digest() {
    static const Digest digest = blake3::hash(zero_chunk());
    return digest;
}

LargeFileReader::LargeFileReader(std::shared_ptr<const UniqueFd> folder_fd, FolderState* folder,
                                 std::string name, std::string shown, const RelocationScan* scan)
    : folder_fd_(std::move(folder_fd)),
      folder_(folder),
      name_(std::move(name)),
      shown_(std::move(shown)),
      scan_(scan) {}

FileItem LargeFileReader::item(FileItem::What what) const {
    FileItem item;
    item.folder = folder_;
    item.what = what;
    return item;
}

Status LargeFileReader::begin() {
    HOLT_TRY_LET(fd, fs::open_read(folder_fd_->get(), name_, shown_));
    HOLT_TRY_LET(look, look_before_reading(fd.get(), folder_->device->clock, shown_));
    if (look.stat.kind != fs::Kind::file) return std::unexpected(no_longer_a_file(shown_));
    lost_.clear();
    HOLT_TRY_LET(xattrs, fs::read_xattrs(fd.get(), shown_, &lost_));
    holes_.clear();
    if (fs::may_have_holes(look.stat)) {
        HOLT_TRY_LET(holes, fs::find_holes(fd.get(), look.stat.size, shown_));
        holes_ = std::move(holes);
    }
    if (!holes_.empty()) scan_ = nullptr;  // no environment has such files
    hits_.clear();
    searched_ = 0;
    put_back_ = 0;
    fs::advise_sequential(fd.get());
    fd_ = std::move(fd);
    look_ = look;
    xattrs_ = std::move(xattrs);
    leaps_ = fs::long_holes(holes_);
    leap_ = 0;
    proof_.reset();
    if (!look.shows_changes) proof_.emplace();
    window_.restart();
    read_offset_ = 0;
    return {};
}

// Of the first byte that is not cut yet.
std::uint64_t LargeFileReader::position() const noexcept {
    return read_offset_ - window_.uncut().size();
}

// Adds the next piece of the file to the window: of its data, or of a hole without reading it.
Status LargeFileReader::read_piece() {
    std::uint64_t piece = fs::BufferPool::kDefaultSize;
    while (leap_ < leaps_.size() && leaps_[leap_].offset + leaps_[leap_].length <= read_offset_)
        ++leap_;
    if (leap_ < leaps_.size()) {
        const fs::Range& hole = leaps_[leap_];
        if (hole.offset <= read_offset_) {
            piece = std::min(piece, hole.offset + hole.length - read_offset_);
            (void)window_.room(static_cast<std::size_t>(piece));  // zeros
            read_offset_ += piece;
            return {};
        }
        piece = std::min(piece, hole.offset - read_offset_);
    }
    const MutableByteView room = window_.room(static_cast<std::size_t>(piece));
    HOLT_TRY_LET(got, fs::pread_full(fd_.get(), room, read_offset_, shown_));
    window_.keep(room, got);
    read_offset_ += got;
    if (got < piece) window_.end();
    return {};
}

// Keeps at least one whole chunk's worth of bytes in the window, or all that is left.
Status LargeFileReader::fill() {
    // With a scan the window's last bytes may still become a path: they are not cut off yet.
    HOLT_TRY_LET(filled, window_.fill([&](chunker::CutWindow&) { return read_piece(); },
                                      scan_ != nullptr ? kMostSearched : 0));
    if (filled && scan_ != nullptr) place_hits();
    return {};
}

// Searches what is new in the window, and replaces what it finds.
void LargeFileReader::place_hits() {
    using relocation::Finder;
    const MutableByteView bytes = window_.uncut();
    const std::uint64_t base = position();
    const std::size_t known = hits_.size();
    const std::uint64_t from = std::max(searched_, base) - base;
    searched_ =
        base + scan_->finder().find(bytes, static_cast<std::size_t>(from),
                                    window_.ended() ? Finder::Piece::ends : Finder::Piece::goes_on,
                                    base, hits_);
    for (std::size_t i = known; i < hits_.size(); ++i) {
        const std::string held = relocation::placeholder(relocation::Layout::same_length,
                                                         scan_->prefixes()[hits_[i].prefix].size());
        std::ranges::copy(held,
                          bytes.begin() + static_cast<std::ptrdiff_t>(hits_[i].offset - base));
    }
}

// What the file has where `chunk` is: with what stood in its places, behind it in `data`.
ByteRange LargeFileReader::put_original(const FileItem& chunk, Bytes& data) {
    const std::uint64_t end = chunk.at + chunk.length;
    if (put_back_ == hits_.size() || hits_[put_back_].offset >= end)
        return {chunk.offset, chunk.length};
    const ByteRange original{data.size(), chunk.length};
    data.resize(data.size() + chunk.length);
    std::copy_n(data.begin() + static_cast<std::ptrdiff_t>(chunk.offset), chunk.length,
                data.begin() + static_cast<std::ptrdiff_t>(original.offset));
    for (; put_back_ < hits_.size() && hits_[put_back_].offset < end; ++put_back_) {
        const relocation::Hit& hit = hits_[put_back_];
        const std::string& path = scan_->prefixes()[hit.prefix];
        const std::uint64_t from = std::max(hit.offset, chunk.at);
        const std::uint64_t to = std::min(hit.offset + path.size(), end);
        std::copy_n(
            path.begin() + static_cast<std::ptrdiff_t>(from - hit.offset), to - from,
            data.begin() + static_cast<std::ptrdiff_t>(original.offset + (from - chunk.at)));
        if (hit.offset + path.size() > end) break;  // the rest is the next chunk's
    }
    return original;
}

// A file that names the folder is looked at whole. False: it has so many places that it is to be
// stored as it is.
Result<bool> LargeFileReader::take_places(FileItem& last) {
    if (hits_.empty()) return true;
    Bytes content(static_cast<std::size_t>(look_.stat.size));
    HOLT_TRY_LET(got, fs::pread_full(fd_.get(), content, 0, shown_));
    content.resize(got);
    HOLT_TRY_LET(same, is_still(content));
    if (same) last.relocation = scan_->places_of(content, shown_, hits_);
    if (last.relocation.empty()) scan_ = nullptr;
    return scan_ != nullptr;
}

bool LargeFileReader::is_zero_chunk() const noexcept {
    const std::uint64_t begin = position();
    const auto hole = std::ranges::upper_bound(
        leaps_, begin, {}, [](const fs::Range& range) { return range.offset + range.length; });
    return hole != leaps_.end() && hole->offset <= begin &&
           hole->offset + hole->length - begin >= kMaxChunk;
}

FileItem LargeFileReader::next_zero_chunk() {
    FileItem chunk = item(FileItem::What::chunk);
    chunk.zeros = true;
    chunk.length = kMaxChunk;
    // A part of it may be in the window.
    const ByteView held = window_.take(std::min<std::size_t>(window_.uncut().size(), kMaxChunk));
    read_offset_ += kMaxChunk - held.size();
    if (proof_) proof_->update_zeros(kMaxChunk);
    return chunk;
}

FileItem LargeFileReader::next_chunk(Bytes& data) {
    FileItem chunk = item(FileItem::What::chunk);
    if (window_.empty()) return chunk;
    chunk.at = position();
    const ByteView bytes = window_.cut();
    chunk.length = bytes.size();
    chunk.offset = data.size();
    data.insert(data.end(), bytes.begin(), bytes.end());
    chunk.original = put_original(chunk, data);
    if (proof_)
        proof_->update(ByteView(data).subspan(chunk.original.offset, chunk.original.length));
    return chunk;
}

Result<Digest> LargeFileReader::hash_again() {
    fs::BufferPool buffers;
    HOLT_TRY_LET(again, hash_file(fd_.get(), look_.stat, shown_, buffers));
    return again.content;
}

// After the last chunk: was it the same file all along?
Result<bool> LargeFileReader::is_unchanged() {
    if (read_offset_ != look_.stat.size) return false;
    if (proof_) {
        HOLT_TRY_LET(again, hash_again());
        if (again != proof_->digest()) return false;
    }
    HOLT_TRY_LET(after, fs::stat_fd(fd_.get(), shown_));
    return is_same(look_.stat, after);
}

// Whether `content`, which was read again after the last chunk, is what was cut.
Result<bool> LargeFileReader::is_still(ByteView content) {
    if (content.size() != look_.stat.size) return false;
    if (proof_) return blake3::hash(content) == proof_->digest();
    HOLT_TRY_LET(after, fs::stat_fd(fd_.get(), shown_));
    return is_same(look_.stat, after);
}

FileItem LargeFileReader::finish_or_retry(FileItem last) {
    auto unchanged = is_unchanged();
    if (unchanged && *unchanged && scan_ != nullptr) unchanged = take_places(last);
    if (unchanged && *unchanged) {
        done_ = true;
        last.what = FileItem::What::last_chunk;
        last.stat = look_.stat;
        last.xattrs = xattrs_;
        last.lost = std::move(lost_);
        last.holes = holes_;
        last.record = look_.record();
        return last;
    }
    fd_.reset();
    if (tries_ < kMaxTries) return item(FileItem::What::restart);
    done_ = true;
    FileItem failed = item(FileItem::What::failed);
    failed.error = changed_while_read(shown_);
    return failed;
}

std::optional<FileItem> LargeFileReader::next(Bytes& data) {
    if (done_) return std::nullopt;
    Status status;
    if (!fd_) {
        ++tries_;
        status = begin();
    }
    const bool zeros = status && is_zero_chunk();
    if (status && !zeros) status = fill();
    if (!status) {
        done_ = true;
        FileItem failed = item(FileItem::What::failed);
        failed.error = std::move(status).error();
        return failed;
    }
    FileItem chunk = zeros ? next_zero_chunk() : next_chunk(data);
    const bool ends_in_hole = zeros && position() == look_.stat.size;
    const bool was_last = ends_in_hole || window_.done();
    return was_last ? finish_or_retry(std::move(chunk)) : std::move(chunk);
}

}  // namespace holt::store
