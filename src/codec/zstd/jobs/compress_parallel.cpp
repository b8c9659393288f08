#include "codec/zstd/jobs/compress_parallel.h"

#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <new>
#include <vector>

#include "base/endian.h"
#include "codec/xxhash64/xxhash64.h"
#include "codec/zstd/jobs/compress_job.h"

namespace holt::zstd {
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
    const std::atomic<bool> stop{false};
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
            tbb::parallel_for(
                std::size_t{0}, count + (options.checksum ? 1 : 0), [&](std::size_t index) {
                    if (index == count) {
                        checksum = xxhash64(input);
                        return;
                    }
                    const std::size_t begin = index * each;
                    const std::size_t end = std::min(begin + each, input.size());
                    const std::size_t bound = compress_bound(end - begin);
                    Impl::Job& job = impl_->jobs[index];
                    job.bytes = std::make_unique_for_overwrite<std::uint8_t[]>(bound);
                    const JobInput stretch = {.content = input.subspan(begin, end - begin),
                                              .history = std::min(begin, job_overlap(params)),
                                              .first = begin == 0,
                                              .last = end == input.size()};
                    job.size = encode_job(impl_->encoders.local(), params, stretch, impl_->stop,
                                          {job.bytes.get(), bound});
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
