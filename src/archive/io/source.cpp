#include "archive/io/source.h"

#include <algorithm>
#include <cerrno>
#include <optional>

#include "archive/format/tar_format.h"
#include "archive/format/zip_format.h"
#include "archive/io/gzip.h"
#include "archive/io/library_source.h"
#include "archive/limits/zeros.h"
#include "codec/zstd/decode/decompress.h"
#include "fs/file.h"
#include "fs/sys.h"
#include "fs/wait.h"

namespace holt::store {
namespace {

constexpr std::size_t kReadSize = std::size_t{1} << 20;
constexpr std::size_t kOutputSize = std::size_t{1} << 20;

ErrorKind kind_of(zstd::ErrorCode code) noexcept {
    switch (code) {
        case zstd::ErrorCode::window_too_large:
        case zstd::ErrorCode::wrong_size:
        case zstd::ErrorCode::wrong_dictionary:
        case zstd::ErrorCode::bad_dictionary:
            return ErrorKind::unsafe_input;
        case zstd::ErrorCode::out_of_memory:
        case zstd::ErrorCode::output_full:
        case zstd::ErrorCode::bad_parameter:
            return ErrorKind::failed;
        default:
            return ErrorKind::corrupt;
    }
}

class ZstdSource final : public ByteSource {
  public:
    ZstdSource(FdSource& in, const DecodeLimits& limits)
        : in_(in), meter_(in, limits), stream_({.window_limit = limits.window}) {}

    Result<ByteView> next() override {
        output_.resize(kOutputSize);
        for (;;) {
            if (rest_.empty() && !full_) {
                HOLT_TRY_LET(more, in_.next());
                if (more.empty()) return at_end();
                rest_ = more;
            }
            const auto progress = stream_.run(rest_, output_);
            if (!progress) return failed(progress.error());
            rest_ = rest_.subspan(progress->consumed);
            // A full buffer may mean that more waits inside the decoder.
            full_ = progress->produced == output_.size();
            if (progress->produced > 0) {
                const ByteView out = ByteView(output_).first(progress->produced);
                HOLT_TRY(meter_.produced(out));
                return out;
            }
            HOLT_TRY(meter_.consumed_for_nothing(progress->consumed));
        }
    }

  private:
    Result<ByteView> at_end() {
        if (stream_.at_frame_boundary()) return ByteView{};
        return failed({zstd::ErrorCode::truncated, in_.offset()});
    }
    std::unexpected<Error> failed(const zstd::Error& error) const {
        const bool window = error.code == zstd::ErrorCode::window_too_large;
        return fail(kind_of(error.code), "decompress", in_.shown(),
                    std::string(zstd::describe(error.code)) + ", at byte " +
                        std::to_string(error.input_offset),
                    window ? AdviceText(Advice::allow_memory) : AdviceText(Advice::get_whole_copy));
    }

    FdSource& in_;
    DecodeMeter meter_;
    zstd::DecompressStream stream_;
    Bytes output_;
    ByteView rest_{};
    bool full_ = false;
};

}  // namespace

FdSource::FdSource(int fd, std::string shown, bool may_block, const Cancel* cancel)
    : fd_(fd), shown_(std::move(shown)), may_block_(may_block), cancel_(cancel) {}
FdSource::FdSource(ArchiveRead read, std::string shown, const Cancel* cancel)
    : fd_(-1),
      read_(std::move(read)),
      shown_(std::move(shown)),
      may_block_(false),
      cancel_(cancel),
      looked_(true) {}
FdSource::~FdSource() = default;

// A pipe has no record that tells anything.
Status FdSource::look_at_file() {
    looked_ = true;
    HOLT_TRY_LET(stat, fs::stat_fd(fd_, shown_));
    if (stat.kind != fs::Kind::file) return {};
    fs::FileClock clock = fs::FileClock::of(fd_);
    HOLT_TRY_LET(look, look_before_reading(fd_, clock, shown_));
    look_ = look;
    return {};
}

Status FdSource::check_unchanged() const {
    if (!look_) return {};
    HOLT_TRY_LET(now, fs::stat_fd(fd_, shown_));
    if (is_same(look_->stat, now)) return {};
    return fail(ErrorKind::failed, "read archive", shown_,
                "another program changed it while it was read", "run it again when it is complete");
}

Result<std::size_t> FdSource::read_some(std::size_t at) {
    if (!looked_) HOLT_TRY(look_at_file());
    buffer_.resize(kReadSize);
    for (;;) {
        if (may_block_) fs::wait_readable(fd_, cancel_);
        if (cancel_ != nullptr && cancel_->requested())
            return fail(ErrorKind::cancelled, "read archive", shown_, "stopped on request");
        if (read_) return read_(MutableByteView(buffer_).subspan(at));
        const ssize_t got = fs::sys::read(fd_, buffer_.data() + at, buffer_.size() - at);
        if (got == -EAGAIN && may_block_) continue;
        if (got < 0) return fail_errno(static_cast<int>(-got), "read archive", shown_);
        return static_cast<std::size_t>(got);
    }
}

Result<ByteView> FdSource::peek() {
    while (peeked_ < tar::kBlock) {
        HOLT_TRY_LET(got, read_some(peeked_));
        if (got == 0) break;
        peeked_ += got;
    }
    return ByteView(buffer_).first(std::min(peeked_, tar::kBlock));
}

Result<ArchiveKind> FdSource::kind() {
    HOLT_TRY_LET(head, peek());
    const ArchiveKind kind = recognise_archive(head);
    // A block of zeros is the end of a tar, and may be anything that stands in front of a zip.
    const bool zeros = std::ranges::all_of(head, [](std::uint8_t byte) { return byte == 0; });
    if (kind != ArchiveKind::unknown && !zeros) return kind;
    // Out of a pipe only what is often in front of a zip is taken for such.
    if (fd_ < 0) return is_program(head) ? ArchiveKind::zip : kind;
    HOLT_TRY_LET(stat, fs::stat_fd(fd_, shown_));
    if (stat.kind != fs::Kind::file) return is_program(head) ? ArchiveKind::zip : kind;
    const auto size =
        static_cast<std::size_t>(std::min<std::uint64_t>(stat.size, zip::kLongestEnd));
    Bytes tail(size);
    HOLT_TRY_LET(got, fs::pread_full(fd_, tail, stat.size - size, shown_));
    using What = zip::FoundEnd::What;
    const What end = zip::find_end(ByteView(tail).first(got)).what;
    return end == What::none || end == What::cut ? kind : ArchiveKind::zip;
}

Result<ByteView> FdSource::next() {
    std::size_t size = std::exchange(peeked_, 0);
    if (size == 0) {
        HOLT_TRY_LET(got, read_some(0));
        size = got;
    }
    offset_ += size;
    return ByteView(buffer_).first(size);
}

Status DecodeMeter::produced(ByteView bytes) {
    if (bytes.empty()) return {};
    empty_ = 0;
    all_ += bytes.size();
    not_zero_ += bytes_not_zero(bytes);
    // Headers and the zeros at the end are no content; they are never that much.
    if (all_ / 2 > limits_.content && all_ > kRatioGrace)
        return fail(ErrorKind::no_space, "decompress", in_.shown(),
                    "it is over " + std::to_string(all_) + " bytes when decompressed",
                    Advice::allow_content);
    return check_ratio(in_.offset(), not_zero_, limits_.ratio, in_.shown());
}

Status DecodeMeter::consumed_for_nothing(std::size_t bytes) {
    empty_ += bytes;
    if (empty_ <= kMaxEmptyInput) return {};
    return fail(ErrorKind::no_space, "decompress", in_.shown(),
                "64 MiB of it hold no content at all");
}

Status check_ratio(std::uint64_t in, std::uint64_t out, std::uint64_t ratio,
                   const std::string& shown) {
    if (out <= kRatioGrace || (out - kRatioGrace) / ratio <= in) return {};
    return fail(ErrorKind::no_space, "decompress", shown,
                "it grows to more than " + std::to_string(ratio) + " times its size",
                Advice::allow_ratio);
}

Result<std::unique_ptr<ByteSource>> make_decoder(ArchiveKind kind, FdSource& in,
                                                 const DecodeLimits& limits) {
    switch (kind) {
        case ArchiveKind::zstd:
            return std::make_unique<ZstdSource>(in, limits);
        case ArchiveKind::gzip:
            return make_gzip_source(in, limits);
        case ArchiveKind::xz:
        case ArchiveKind::lzma:
        case ArchiveKind::lzip:
        case ArchiveKind::bzip2:
        case ArchiveKind::lz4:
            return make_library_source(kind, in, limits);
        case ArchiveKind::tar:
            return nullptr;
        default:
            HOLT_TRY_LET(head, in.peek());
            if (const ForeignFormat* const format = foreign_format(head)) {
                return fail(ErrorKind::unsafe_input, "read archive", in.shown(),
                            "it is " + std::string(format->name) + ", which is not read",
                            "unpack it with `" + std::string(format->unpack_by) + "` first");
            }
            if (head.size() < tar::kBlock) {
                return fail(ErrorKind::corrupt, "read archive", in.shown(),
                            "it is shorter than any archive", Advice::get_whole_copy);
            }
            return fail(
                ErrorKind::unsafe_input, "read archive", in.shown(),
                "it is no archive of a kind that is known here",
                "known are .tar, also in gzip, zstd, xz, LZMA, lzip, bzip2 or lz4, .zip and "
                ".holt");
    }
}

}  // namespace holt::store
