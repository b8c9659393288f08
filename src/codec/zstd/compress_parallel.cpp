#include "codec/zstd/compress_parallel.h"

#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <new>
#include <vector>

#include "base/endian.h"
#include "codec/zstd/frame_encode.h"
#include "codec/zstd/xxhash64.h"

namespace holt::zstd {
namespace {

constexpr std::size_t kLeastJob = std::size_t{1} << 20;

/// Four windows: the overlap, a quarter of a window to a whole one, stays small beside it.
std::size_t job_size(const MatchParams& params) noexcept {
    return std::max(kLeastJob, std::size_t{4} << params.window_log);
}
std::size_t overlap_size(const MatchParams& params) noexcept {
    const unsigned shift = params.strategy <= Strategy::double_fast ? 2
                           : params.strategy < Strategy::optimal    ? 1
                                                                    : 0;
    return (std::size_t{1} << params.window_log) >> shift;
}

/// Encodes the blocks of one job to `out`; returns their length.
std::size_t encode_job(FrameEncoder& encoder, const MatchParams& params, ByteView input,
                       std::size_t begin, std::size_t end, MutableByteView out) {
    const std::size_t history = std::min(begin, overlap_size(params));
    encoder.begin(params, input.data() + begin - history, kMaxBlockSize);
    if (history > 0) {
        encoder.load_history(input.subspan(begin - history, history),
                             FrameEncoder::DecoderState::unknown);
    }
    std::size_t written = 0;
    for (std::size_t at = begin; at < end;) {
        const std::size_t size = std::min(end - at, kMaxBlockSize);
        const bool last = at + size == input.size();
        written += encoder.encode_block(input.subspan(at, size),
                                        last ? FrameEncoder::Last::yes : FrameEncoder::Last::no,
                                        out.subspan(written));
        at += size;
    }
    return written;
}

}  // namespace

struct ParallelCompressor::Impl {
    Impl(EncodeOptions o, unsigned threads)
        : options(o),
          serial(o),
          arena(threads == 0 ? tbb::task_arena::automatic : static_cast<int>(threads)) {}

    struct Job {
        std::unique_ptr<std::uint8_t[]> bytes{};
        std::size_t size = 0;
    };

    EncodeOptions options;
    Compressor serial;
    tbb::task_arena arena;
    tbb::enumerable_thread_specific<FrameEncoder> encoders{
        [] { return FrameEncoder(codec::cpu_level()); }};
    std::vector<Job> jobs{};
};

ParallelCompressor::ParallelCompressor(EncodeOptions options, unsigned threads)
    : impl_(std::make_unique<Impl>(options, threads)) {}
ParallelCompressor::ParallelCompressor(ParallelCompressor&&) noexcept = default;
ParallelCompressor& ParallelCompressor::operator=(ParallelCompressor&&) noexcept = default;
ParallelCompressor::~ParallelCompressor() = default;

Expected<std::size_t> ParallelCompressor::compress(ByteView input, MutableByteView output) {
    const EncodeOptions& options = impl_->options;
    if (options.level < kMinLevel || options.level > kMaxLevel) {
        return std::unexpected(Error{ErrorCode::bad_parameter, 0});
    }
    const MatchParams params = choose_params(options.level, input.size());
    const std::size_t each = job_size(params);
    if (input.size() <= each) return impl_->serial.compress(input, output);

    const std::size_t count = (input.size() + each - 1) / each;
    std::uint64_t checksum = 0;
    try {
        impl_->jobs.clear();
        impl_->jobs.resize(count);
        impl_->arena.execute([&] {
            // The checksum is one more job: index `count`.
            tbb::parallel_for(std::size_t{0}, count + (options.checksum ? 1 : 0),
                              [&](std::size_t index) {
                                  if (index == count) {
                                      checksum = xxhash64(input);
                                      return;
                                  }
                                  const std::size_t begin = index * each;
                                  const std::size_t end = std::min(begin + each, input.size());
                                  const std::size_t bound = compress_bound(end - begin);
                                  Impl::Job& job = impl_->jobs[index];
                                  job.bytes = std::make_unique_for_overwrite<std::uint8_t[]>(bound);
                                  job.size = encode_job(impl_->encoders.local(), params, input,
                                                        begin, end, {job.bytes.get(), bound});
                              });
        });
    } catch (const std::bad_alloc&) {
        return std::unexpected(Error{ErrorCode::out_of_memory, 0});
    }

    std::uint8_t header[kMaxFrameHeader];
    const std::size_t header_size = write_frame_header(
        params, input.size(), options.checksum ? Checksum::appended : Checksum::none, 0, header);
    std::size_t total = header_size + (options.checksum ? kChecksumSize : 0);
    for (const Impl::Job& job : impl_->jobs) total += job.size;
    if (total > output.size()) return std::unexpected(Error{ErrorCode::output_full, 0});
    std::uint8_t* at = std::copy_n(header, header_size, output.data());
    for (const Impl::Job& job : impl_->jobs) at = std::copy_n(job.bytes.get(), job.size, at);
    if (options.checksum) store_le(at, static_cast<std::uint32_t>(checksum));
    impl_->jobs.clear();
    return total;
}

}  // namespace holt::zstd
