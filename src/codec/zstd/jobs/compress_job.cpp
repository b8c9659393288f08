#include "codec/zstd/jobs/compress_job.h"

#include <algorithm>

#include "codec/zstd/encode/dictionary_encode.h"

namespace holt::zstd {
namespace {

constexpr std::size_t kLeastJob = std::size_t{2} << 20;
/// Two windows of level 22, whose four would be half a gigabyte for each thread.
constexpr std::size_t kMostJob = std::size_t{256} << 20;

}  // namespace

// Two windows, so that 16 MiB are work for two threads: the overlap, a quarter or half of a window,
// is only indexed. A tree costs nearly as much to index as to search, and looks back a whole
// window: four there.
std::size_t job_size(const MatchParams& params) noexcept {
    const unsigned windows_log = params.strategy < Strategy::optimal ? 1 : 2;
    return std::clamp(std::size_t{1} << (params.window_log + windows_log), kLeastJob, kMostJob);
}

std::size_t job_overlap(const MatchParams& params) noexcept {
    const unsigned shift = params.strategy <= Strategy::double_fast ? 2
                           : params.strategy < Strategy::optimal    ? 1
                                                                    : 0;
    return (std::size_t{1} << params.window_log) >> shift;
}

std::size_t encode_job(FrameEncoder& encoder, const MatchParams& params, const JobInput& job,
                       const std::atomic<bool>& stop, MutableByteView out) {
    const ByteView content = job.content;
    const std::uint8_t* const begin = content.data() - job.history;
    encoder.begin(params, begin, std::min(content.size(), kMaxBlockSize));
    if (job.history > 0) {
        encoder.load_history({begin, job.history}, job.first ? FrameEncoder::DecoderState::initial
                                                             : FrameEncoder::DecoderState::unknown);
    } else if (!job.first) {
        encoder.continue_unknown();
    }
    if (job.tables != nullptr) encoder.load_tables(*job.tables);
    if (job.long_matches != nullptr) encoder.use_long_matches(*job.long_matches, content.data());
    std::size_t written = 0;
    std::size_t at = 0;
    do {
        if (stop.load(std::memory_order_relaxed)) return 0;
        const ByteView block = content.subspan(at, std::min(content.size() - at, kMaxBlockSize));
        const bool last = job.last && at + block.size() == content.size();
        written += encoder.encode_block(
            block, last ? FrameEncoder::Last::yes : FrameEncoder::Last::no, out.subspan(written));
        at += block.size();
    } while (at < content.size());
    return written;
}

}  // namespace holt::zstd
