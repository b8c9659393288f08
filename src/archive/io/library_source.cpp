#include "archive/io/library_source.h"

#include <utility>

#include "archive/io/stream_decoder.h"

namespace holt::store {
namespace {

constexpr std::size_t kOutputSize = std::size_t{1} << 20;

class LibrarySource final : public ByteSource {
  public:
    LibrarySource(std::unique_ptr<StreamDecoder> decoder, FdSource& in, const DecodeLimits& limits)
        : decoder_(std::move(decoder)), in_(in), meter_(in, limits), output_(kOutputSize) {}

    Result<ByteView> next() override {
        for (;;) {
            if (rest_.empty() && !ended_) {
                HOLT_TRY_LET(more, in_.next());
                rest_ = more;
                ended_ = more.empty();
            }
            using Input = StreamDecoder::Input;
            HOLT_TRY_LET(step,
                         decoder_->run(rest_, output_, ended_ ? Input::ends : Input::goes_on));
            rest_ = rest_.subspan(step.consumed);
            if (step.produced > 0) {
                const ByteView out = ByteView(output_).first(step.produced);
                HOLT_TRY(meter_.produced(out));
                return out;
            }
            if (ended_ && rest_.empty()) {
                if (decoder_->at_boundary()) return ByteView{};
                return damaged_stream(in_.shown(), "it ends in the middle of a stream");
            }
            if (step.consumed == 0 && !rest_.empty())
                return damaged_stream(in_.shown(), "its stream does not go on");
            HOLT_TRY(meter_.consumed_for_nothing(step.consumed));
        }
    }

    std::string_view ignored() const override { return decoder_->ignored(); }

  private:
    const std::unique_ptr<StreamDecoder> decoder_;
    FdSource& in_;
    DecodeMeter meter_;
    Bytes output_;
    ByteView rest_{};
    bool ended_ = false;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> make_library_source(ArchiveKind kind, FdSource& in,
                                                        const DecodeLimits& limits) {
    auto decoder = kind == ArchiveKind::bzip2 ? make_bzip2_decoder(in.shown())
                   : kind == ArchiveKind::lz4 ? make_lz4_decoder(in.shown())
                                              : make_lzma_decoder(kind, limits.window, in.shown());
    if (!decoder) return std::unexpected(std::move(decoder).error());
    return std::make_unique<LibrarySource>(*std::move(decoder), in, limits);
}

}  // namespace holt::store
