#include "archive/zip/zip_content.h"

#include "codec/gzip/crc32.h"

namespace holt::store::zip {
namespace {

constexpr std::size_t kOutput = std::size_t{256} << 10;
constexpr std::uint64_t kInput = std::uint64_t{256} << 10;

}  // namespace

bool Content::can_read(std::uint16_t method) noexcept {
    return method == kStored || method == kDeflate || method == kZstd || method == kZstdOld;
}

std::unexpected<Error> Content::damaged(const char* cause) const {
    return fail(ErrorKind::corrupt, "read archive", path_, cause,
                "get a whole copy of '" + printable(reader_.shown()) + "'");
}

void Content::begin(const DirectoryEntry& entry, std::uint64_t at) {
    const Header& header = entry.header.header;
    path_ = entry.name;
    method_ = header.method;
    at_ = at;
    left_ = header.compressed;
    size_ = header.size;
    wanted_crc_ = header.crc;
    made_ = 0;
    crc_ = 0;
    reading_ = true;
    // Of an empty file or folder some programs write no stream at all.
    finished_ = left_ == 0 && size_ == 0;
    flushed_ = true;
    if (finished_ || method_ == kStored) return;
    if (method_ != kDeflate) {
        if (!zstd_) zstd_.emplace(zstd::DecodeOptions{.window_limit = window_limit_});
        zstd_->reset();
        output_.resize(kOutput);
    } else if (inflater_) {
        inflater_->reset();
    } else {
        inflater_ = std::make_unique<gzip::InflateStream>();
    }
}

Result<ByteView> Content::more_input() {
    if (left_ == 0) return ByteView{};
    HOLT_TRY_LET(input, reader_.some(at_, std::min(left_, kInput)));
    at_ += input.size();
    left_ -= input.size();
    return input;
}

Result<Content::Piece> Content::stored() {
    HOLT_TRY_LET(input, more_input());
    return Piece{input, left_ == 0};
}

Result<Content::Piece> Content::inflate() {
    // A full buffer is emptied before more is read: the input of the call before was all consumed.
    HOLT_TRY_LET(input, more_input());
    const auto step = inflater_->run(input);
    if (step.malformed) return damaged("its deflate stream is damaged");
    const std::size_t unused = input.size() - step.consumed;
    at_ -= unused;
    left_ += unused;
    if (step.finished) {
        left_ += step.surplus;
        return Piece{step.output, true};
    }
    if (left_ == 0 && !step.full) return damaged("its deflate stream ends too early");
    return Piece{step.output, false};
}

Result<Content::Piece> Content::decode_zstd() {
    for (;;) {
        HOLT_TRY_LET(input, more_input());
        if (input.empty() && flushed_) {
            if (zstd_->at_frame_boundary()) return Piece{{}, true};
            return damaged("its zstd frame ends too early");
        }
        const auto progress = zstd_->run(input, output_);
        if (!progress) {
            const auto code = progress.error().code;
            if (code == zstd::ErrorCode::window_too_large)
                return directory_.refuse(path_, "it needs a zstd window over the limit");
            if (code == zstd::ErrorCode::out_of_memory)
                return fail(ErrorKind::failed, "decompress", path_, "out of memory");
            return damaged("its zstd frame is damaged");
        }
        const std::size_t unused = input.size() - progress->consumed;
        at_ -= unused;
        left_ += unused;
        flushed_ = progress->produced < output_.size();
        if (progress->produced > 0)
            return Piece{ByteView(output_).first(progress->produced), false};
    }
}

Status Content::check_end() {
    if (left_ != 0)
        return directory_.refuse(path_, "its compressed bytes go on behind the end of the content");
    if (made_ != size_) return directory_.refuse(path_, "less content than its size says");
    if (crc_ != wanted_crc_) return damaged("its content does not have its CRC");
    return {};
}

Result<ByteView> Content::read() {
    while (reading_ && !finished_) {
        HOLT_TRY_LET(piece, method_ == kStored    ? stored()
                            : method_ == kDeflate ? inflate()
                                                  : decode_zstd());
        finished_ = piece.finished;
        made_ += piece.bytes.size();
        if (made_ > size_) return directory_.refuse(path_, "more content than its size says");
        crc_ = method_ == kDeflate ? inflater_->crc() : gzip::crc32(crc_, piece.bytes);
        if (!piece.bytes.empty()) return piece.bytes;
    }
    if (reading_) {
        reading_ = false;
        HOLT_TRY(check_end());
    }
    return ByteView{};
}

}  // namespace holt::store::zip
