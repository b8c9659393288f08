#include <holt/zstd/tools.hpp>

#include "api/zstd_pump.h"
#include "base/endian.h"
#include "base/no_throw.h"
#include "codec/zstd/decode/decompress.h"
#include "codec/zstd/decode/frame_decode.h"
#include "fs/file.h"

namespace holt {
namespace {

/// Goes through a file from frame to frame, reading nothing but the headers.
class FrameWalk {
  public:
    FrameWalk(int fd, const std::string& shown, std::uint64_t size, const Cancel* cancel)
        : fd_(fd), shown_(shown), size_(size), cancel_(cancel) {}

    bool at_end() const noexcept { return at_ == size_; }

    Result<ZstdFrame> next() {
        std::uint8_t head[zstd::kMaxFrameHeaderSize];
        HOLT_TRY_LET(got, fs::pread_full(fd_, head, at_, shown_));
        const auto info = zstd::read_frame_info({head, got});
        if (!info) return wrong(info.error().code, at_ + info.error().input_offset);
        ZstdFrame frame{.offset = at_, .skippable = info->skippable};
        at_ += info->header_size;
        if (info->skippable) {
            HOLT_TRY(pass(*info->content_size));
        } else {
            frame.content_size = info->content_size;
            frame.window_size = info->window_size;
            frame.dictionary_id = info->dictionary_id;
            HOLT_TRY(pass_blocks(zstd::block_limit(info->window_size)));
            if (info->has_checksum) {
                std::uint8_t checksum[zstd::kChecksumSize];
                HOLT_TRY(read_whole(checksum));
                frame.checksum = load_le<std::uint32_t>(checksum);
            }
        }
        frame.size = at_ - frame.offset;
        return frame;
    }

  private:
    std::unexpected<Error> wrong(zstd::ErrorCode code, std::uint64_t at) const {
        return api::codec_error({code, at}, "list", shown_);
    }
    Status pass(std::uint64_t size) {
        if (size > size_ - at_) return wrong(zstd::ErrorCode::truncated, size_);
        at_ += size;
        return {};
    }
    Status read_whole(MutableByteView into) {
        HOLT_TRY_LET(got, fs::pread_full(fd_, into, at_, shown_));
        if (got < into.size()) return wrong(zstd::ErrorCode::truncated, at_ + got);
        at_ += got;
        return {};
    }
    Status pass_blocks(std::size_t limit) {
        zstd::BlockHeader block;
        do {
            if (cancel_ != nullptr && cancel_->requested())
                return fail(ErrorKind::cancelled, "list", shown_, "stopped before the end");
            const std::uint64_t at = at_;
            std::uint8_t header[zstd::kBlockHeaderSize];
            HOLT_TRY(read_whole(header));
            const zstd::ErrorCode code = zstd::read_block_header(header, limit, block);
            if (code != zstd::ErrorCode::ok) return wrong(code, at);
            HOLT_TRY(pass(block.content_size));
        } while (!block.last);
        return {};
    }

    const int fd_;
    const std::string& shown_;
    const std::uint64_t size_;
    const Cancel* const cancel_;
    std::uint64_t at_ = 0;
};

}  // namespace

Status zstd_list(const std::string& path, const std::function<void(const ZstdFrame&)>& each,
                 const Cancel* cancel) {
    return guarded([&]() -> Status {
        HOLT_TRY_LET(file, fs::open_path(path));
        HOLT_TRY_LET(stat, fs::stat_fd(file.get(), path));
        if (stat.kind != fs::Kind::file)
            return fail(ErrorKind::failed, "list", path, "it is no regular file",
                        "give the name of a .zst file");
        if (stat.size == 0)
            return fail(ErrorKind::corrupt, "list", path, "the file is empty",
                        "check that this is a .zst file");
        FrameWalk walk(file.get(), path, stat.size, cancel);
        while (!walk.at_end()) {
            HOLT_TRY_LET(frame, walk.next());
            each(frame);
        }
        return {};
    });
}

}  // namespace holt
