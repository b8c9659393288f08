#include "store/file_reading.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "codec/chunker/fastcdc.h"
#include "fs/buffer_pool.h"
#include "fs/file.h"
#include "fs/metadata.h"
#include "fs/sparse.h"

namespace holt::store {
namespace {

// A file system that keeps whole seconds shows it by a ctime without a fraction; FAT keeps two. All
// others take the kernel's clock, whose tick is at most 10 ms.
constexpr std::int64_t kTick = 20'000'000;
constexpr std::int64_t kCoarseTick = 2'000'000'000;

bool same_content(const fs::FileStat& a, const fs::FileStat& b) {
    return a.size == b.size && a.mtime == b.mtime && a.ctime == b.ctime && a.ino == b.ino;
}

Error changed_while_read(const std::string& shown) {
    return fail(ErrorKind::partial, "read file", shown, "it keeps changing while it is read",
                "stop the program that writes it and snapshot again")
        .error();
}

Error not_a_file(const std::string& shown) {
    return fail(ErrorKind::partial, "read file", shown, "it is no longer a regular file").error();
}

Status read_once(int folder_fd, const std::string& shown, FileItem& item, Bytes& data,
                 std::size_t limit, bool& stable) {
    HOLT_TRY_LET(fd, fs::open_read(folder_fd, item.folder->entries[item.index].name, shown));
    const Time read_at = current_time();
    HOLT_TRY_LET(before, fs::stat_fd(fd.get(), shown));
    if (before.kind != fs::Kind::file) return std::unexpected(not_a_file(shown));
    stable = before.size <= limit;
    if (!stable) return {};
    HOLT_TRY_LET(xattrs, fs::read_xattrs(fd.get(), shown));
    // As many bytes as it had, so that one call does: a file that grew or shrank shows below. Of an
    // empty one a byte is asked for all the same: files of /proc only say that they are empty.
    data.resize(item.offset + std::max<std::size_t>(before.size, 1));
    HOLT_TRY_LET(size,
                 fs::pread_full(fd.get(), MutableByteView(data).subspan(item.offset), 0, shown));
    data.resize(item.offset + size);
    if (fs::may_have_holes(before)) {
        HOLT_TRY_LET(holes, fs::find_holes(fd.get(), before.size, shown));
        item.holes = std::move(holes);
    }
    HOLT_TRY_LET(after, fs::stat_fd(fd.get(), shown));
    stable = size == before.size && same_content(before, after);
    item.length = size;
    item.stat = before;
    item.xattrs = std::move(xattrs);
    item.record = stat_record(before, read_at);
    return {};
}

}  // namespace

Time current_time() {
    return time_of_ns(std::chrono::duration_cast<std::chrono::nanoseconds>(
                          std::chrono::system_clock::now().time_since_epoch())
                          .count());
}

StatRecord stat_record(const fs::FileStat& stat, Time read_at) {
    const std::int64_t tick = stat.ctime.nanoseconds == 0 ? kCoarseTick : kTick;
    if (nanoseconds_between(stat.ctime, read_at) <= tick) return {};
    return {.ino = stat.ino, .dev = stat.dev, .ctime = wrapped_ns(stat.ctime)};
}

void read_small_file(int folder_fd, const std::string& shown, FileItem& item, Bytes& data,
                     std::size_t limit) {
    item.offset = data.size();
    Status status;
    for (int tries = 0; tries < kMaxTries && status; ++tries) {
        bool stable = false;
        item.holes.clear();
        data.resize(item.offset);
        status = read_once(folder_fd, shown, item, data, limit, stable);
        if (status && stable) return;
    }
    item.what = FileItem::What::failed;
    item.error = status ? changed_while_read(shown) : std::move(status).error();
    data.resize(item.offset);
    item.length = 0;
}

LargeFileReader::LargeFileReader(std::shared_ptr<const UniqueFd> folder_fd, FolderState* folder,
                                 std::size_t index, std::string shown)
    : folder_fd_(std::move(folder_fd)), folder_(folder), index_(index), shown_(std::move(shown)) {}

FileItem LargeFileReader::item(FileItem::What what) const {
    FileItem item;
    item.folder = folder_;
    item.index = index_;
    item.what = what;
    return item;
}

Status LargeFileReader::begin() {
    HOLT_TRY_LET(fd, fs::open_read(folder_fd_->get(), folder_->entries[index_].name, shown_));
    read_at_ = current_time();
    HOLT_TRY_LET(stat, fs::stat_fd(fd.get(), shown_));
    if (stat.kind != fs::Kind::file) return std::unexpected(not_a_file(shown_));
    HOLT_TRY_LET(xattrs, fs::read_xattrs(fd.get(), shown_));
    holes_.clear();
    if (fs::may_have_holes(stat)) {
        HOLT_TRY_LET(holes, fs::find_holes(fd.get(), stat.size, shown_));
        holes_ = std::move(holes);
    }
    fs::advise_sequential(fd.get());
    fd_ = std::move(fd);
    stat_ = stat;
    xattrs_ = std::move(xattrs);
    whole_.reset();
    window_.clear();
    window_begin_ = 0;
    read_offset_ = 0;
    at_end_ = false;
    return {};
}

// Keeps at least one whole chunk's worth of bytes in the window, or all that is left.
Status LargeFileReader::fill() {
    if (window_.size() - window_begin_ >= kMaxChunk || at_end_) return {};
    window_.erase(window_.begin(), window_.begin() + static_cast<std::ptrdiff_t>(window_begin_));
    window_begin_ = 0;
    while (window_.size() < 2 * std::size_t{kMaxChunk} && !at_end_) {
        const std::size_t had = window_.size();
        window_.resize(had + fs::BufferPool::kDefaultSize);
        HOLT_TRY_LET(got, fs::pread_full(fd_.get(), MutableByteView(window_).subspan(had),
                                         read_offset_, shown_));
        window_.resize(had + got);
        read_offset_ += got;
        at_end_ = got < fs::BufferPool::kDefaultSize;
    }
    return {};
}

// After the last chunk: was it the same file all along?
std::optional<FileItem> LargeFileReader::finish_or_retry(FileItem last) {
    const auto after = fs::stat_fd(fd_.get(), shown_);
    if (after && same_content(stat_, *after) && read_offset_ == stat_.size) {
        done_ = true;
        last.what = FileItem::What::last_chunk;
        last.whole = whole_.digest();
        last.stat = stat_;
        last.xattrs = xattrs_;
        last.holes = holes_;
        last.record = stat_record(stat_, read_at_);
        return last;
    }
    fd_.reset();
    if (tries_ < kMaxTries) {
        return item(FileItem::What::restart);
    }
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
    if (status) status = fill();
    if (!status) {
        done_ = true;
        FileItem failed = item(FileItem::What::failed);
        failed.error = std::move(status).error();
        return failed;
    }
    const ByteView rest = ByteView(window_).subspan(window_begin_);
    FileItem chunk = item(FileItem::What::chunk);
    if (!rest.empty()) {
        const auto end = at_end_ ? chunker::Input::ends : chunker::Input::goes_on;
        chunk.length = chunker::next_cut(rest, end);
        chunk.offset = data.size();
        data.insert(data.end(), rest.begin(),
                    rest.begin() + static_cast<std::ptrdiff_t>(chunk.length));
        whole_.update(rest.first(chunk.length));
        window_begin_ += chunk.length;
    }
    const bool was_last = at_end_ && window_begin_ == window_.size();
    return was_last ? finish_or_retry(std::move(chunk)) : std::optional(std::move(chunk));
}

}  // namespace holt::store
