#include <algorithm>
#include <cstdio>
#include <limits>
#include <optional>

#include "archive/io/libarchive.h"
#include "archive/io/locale.h"
#include "archive/zip/zip.h"
#include "fs/file.h"
#include "fs/metadata/posix_acl.h"
#include "fs/staging/atomic_file.h"

namespace holt::store {
namespace {

constexpr std::size_t kBuffer = std::size_t{256} << 10;

// What libarchive reads from: a file, by place.
struct Input {
    int fd = -1;
    std::string shown{};
    std::uint64_t size = 0, at = 0;
    Bytes buffer{};
    std::optional<Error> error{};
};

la_ssize_t read_input(archive*, void* data, const void** buffer) {
    Input& in = *static_cast<Input*>(data);
    in.buffer.resize(kBuffer);
    auto got = fs::pread_full(in.fd, in.buffer, in.at, in.shown);
    if (!got) {
        in.error = std::move(got).error();
        return ARCHIVE_FATAL;
    }
    in.at += *got;
    *buffer = in.buffer.data();
    return static_cast<la_ssize_t>(*got);
}

la_int64_t skip_input(archive*, void* data, la_int64_t count) {
    Input& in = *static_cast<Input*>(data);
    const std::uint64_t step = std::min<std::uint64_t>(
        count < 0 ? 0 : static_cast<std::uint64_t>(count), in.size - std::min(in.at, in.size));
    in.at += step;
    return static_cast<la_int64_t>(step);
}

la_int64_t seek_input(archive*, void* data, la_int64_t offset, int whence) {
    Input& in = *static_cast<Input*>(data);
    const auto base = static_cast<std::int64_t>(whence == SEEK_SET   ? 0
                                                : whence == SEEK_CUR ? in.at
                                                                     : in.size);
    std::int64_t target = 0;
    if (__builtin_add_overflow(base, offset, &target) || target < 0 ||
        static_cast<std::uint64_t>(target) > in.size)
        return ARCHIVE_FATAL;
    in.at = static_cast<std::uint64_t>(target);
    return target;
}

class ZipReader final : public ArchiveReader {
  public:
    explicit ZipReader(const LibArchive& library)
        : library_(library), archive_(library_.archive_read_new()) {}
    ZipReader(const ZipReader&) = delete;
    ZipReader& operator=(const ZipReader&) = delete;
    ~ZipReader() override {
        const Utf8Locale utf8;
        library_.archive_read_free(archive_);
    }

    Status open(FdSource& source, const StoreFolder& folder);
    Result<bool> next(ArchiveEntry& entry) override;
    Result<ByteView> read() override;

  private:
    Status spool(FdSource& source, const StoreFolder& folder);
    std::unexpected<Error> failed() const;
    std::unexpected<Error> refuse(const std::string& path, std::string cause) const;
    Status take(::archive_entry& from, ArchiveEntry& entry);

    const LibArchive& library_;
    archive* archive_;
    Input in_;
    UniqueFd tmp_;  // outlives the file in it
    std::optional<fs::AtomicFile> spooled_;
    bool has_content_ = false, ended_ = false;
};

std::unexpected<Error> ZipReader::failed() const {
    if (in_.error) return std::unexpected(*in_.error);
    const char* text = library_.archive_error_string(archive_);
    return fail(ErrorKind::corrupt, "read archive", in_.shown,
                text != nullptr ? text : "it is no whole zip", "get a whole copy of it");
}

std::unexpected<Error> ZipReader::refuse(const std::string& path, std::string cause) const {
    return fail(ErrorKind::unsafe_input, "import '" + printable(in_.shown) + "'", path,
                std::move(cause), "nothing was imported");
}

Status ZipReader::spool(FdSource& source, const StoreFolder& folder) {
    HOLT_TRY_LET(tmp, folder.open_part("tmp"));
    tmp_ = std::move(tmp);
    HOLT_TRY_LET(file, fs::AtomicFile::create_unnamed(tmp_.get(), "zip", folder.shown("tmp")));
    for (;;) {
        HOLT_TRY_LET(bytes, source.next());
        if (bytes.empty()) break;
        HOLT_TRY(file.write(bytes));
    }
    in_.fd = file.fd();
    in_.size = file.size();
    spooled_.emplace(std::move(file));
    return {};
}

Status ZipReader::open(FdSource& source, const StoreFolder& folder) {
    in_.shown = source.shown();
    HOLT_TRY_LET(stat, fs::stat_fd(source.fd(), in_.shown));
    if (stat.kind == fs::Kind::file) {
        in_.fd = source.fd();
        in_.size = stat.size;
        source.taken_elsewhere(stat.size);
    } else {
        HOLT_TRY(spool(source, folder));
    }
    const Utf8Locale utf8;
    const bool ready =
        archive_ != nullptr &&
        library_.archive_read_support_format_zip_seekable(archive_) == ARCHIVE_OK &&
        library_.archive_read_set_read_callback(archive_, read_input) == ARCHIVE_OK &&
        library_.archive_read_set_skip_callback(archive_, skip_input) == ARCHIVE_OK &&
        library_.archive_read_set_seek_callback(archive_, seek_input) == ARCHIVE_OK &&
        library_.archive_read_set_callback_data(archive_, &in_) == ARCHIVE_OK;
    if (!ready || library_.archive_read_open1(archive_) != ARCHIVE_OK) return failed();
    return {};
}

Status ZipReader::take(::archive_entry& from, ArchiveEntry& entry) {
    using What = ArchiveEntry::What;
    const char* const path = library_.archive_entry_pathname(&from);
    if (path == nullptr || *path == '\0') return refuse("", "an entry without a name");
    entry.path = path;
    switch (library_.archive_entry_filetype(&from)) {
        case AE_IFREG:
            entry.what = What::file;
            break;
        case AE_IFDIR:
            entry.what = What::folder;
            break;
        case AE_IFLNK:
            entry.what = What::symlink;
            break;
        case AE_IFIFO:
            entry.what = What::fifo;
            break;
        default:
            entry.what = What::device;
    }
    if (library_.archive_entry_is_encrypted(&from) == 1)
        return refuse(entry.path, "its content is encrypted");
    if (library_.archive_entry_hardlink(&from) != nullptr)
        return refuse(entry.path, "a hard link where none can be");
    if (const char* const target = library_.archive_entry_symlink(&from)) entry.link = target;
    entry.mode = static_cast<std::uint16_t>(library_.archive_entry_perm(&from) & 07777);
    const auto uid = library_.archive_entry_uid(&from), gid = library_.archive_entry_gid(&from);
    constexpr std::int64_t kMaxId = fs::kNoId - 1;
    if (uid < 0 || gid < 0 || uid > kMaxId || gid > kMaxId)
        return refuse(entry.path, "an owner that is negative or too large");
    entry.uid = static_cast<std::uint32_t>(uid);
    entry.gid = static_cast<std::uint32_t>(gid);
    const std::int64_t seconds = library_.archive_entry_mtime(&from);
    entry.mtime = {
        .seconds = seconds,
        .nanoseconds = static_cast<std::uint32_t>(library_.archive_entry_mtime_nsec(&from))};
    const std::int64_t size = library_.archive_entry_size(&from);
    if (entry.what == What::file && (size < 0 || library_.archive_entry_size_is_set(&from) == 0))
        return refuse(entry.path, "a file whose size is not stated");
    entry.size = entry.what == What::file ? static_cast<std::uint64_t>(size) : 0;
    return {};
}

Result<bool> ZipReader::next(ArchiveEntry& entry) {
    if (ended_) return false;
    const Utf8Locale utf8;
    // What is behind the stated size of the entry before makes its checksum wrong: it is read.
    if (has_content_) {
        HOLT_TRY_LET(rest, read());
        if (!rest.empty()) return refuse(entry.path, "more content than its size says");
    }
    ::archive_entry* from = nullptr;
    const int code = library_.archive_read_next_header(archive_, &from);
    ended_ = code == ARCHIVE_EOF;
    if (ended_) return false;
    if (code != ARCHIVE_OK) return failed();
    entry = {};
    HOLT_TRY(take(*from, entry));
    has_content_ = entry.what == ArchiveEntry::What::file;
    return true;
}

Result<ByteView> ZipReader::read() {
    const Utf8Locale utf8;
    const void* data = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0;
    while (has_content_ && size == 0) {
        const int code = library_.archive_read_data_block(archive_, &data, &size, &offset);
        if (code == ARCHIVE_EOF) has_content_ = false;
        if (code != ARCHIVE_OK && code != ARCHIVE_EOF) return failed();
    }
    if (!has_content_) return ByteView{};
    return ByteView(static_cast<const std::uint8_t*>(data), size);
}

}  // namespace

Result<std::unique_ptr<ArchiveReader>> open_zip(FdSource& source, const StoreFolder& folder) {
    HOLT_TRY_LET(library, libarchive());
    auto reader = std::make_unique<ZipReader>(*library);
    HOLT_TRY(reader->open(source, folder));
    return reader;
}

}  // namespace holt::store
