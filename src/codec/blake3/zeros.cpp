// Hashing a run of zeros that is nowhere in memory, such as a hole of a sparse file.
//
// No two chunks of a BLAKE3 input have the same value, as each one's index goes into it, so the
// compression function must run over every one of them. But all read the same kilobyte, which stays
// in the first-level cache, and the subtrees of a run are independent: they are hashed by all
// threads. This is the only place of BLAKE3 with threads.
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "codec/blake3/blake3.h"
#include "codec/blake3/kernel.h"

namespace holt::blake3 {
namespace {

alignas(64) constexpr std::uint8_t kZeros[kChunk] = {};

constexpr std::size_t kAtOnce = 256;  // chunks whose values are joined on the stack
// Chunks in half a subtree, which one task hashes: 2 MiB, some 0.3 ms.
constexpr std::size_t kHalf = 2048;
constexpr std::uint64_t kSubtreeBytes = 2 * kHalf * kChunk;
constexpr std::uint64_t kHalvesAtOnce = 2048;  // between two joins: their values take 64 KiB

// The value of the complete subtree of kHalf chunks of zeros that begins with chunk `first`.
void hash_half(RunJobs run, std::uint64_t first, std::uint8_t* out) noexcept {
    Job jobs[kAtOnce];
    std::uint8_t groups[kHalf / kAtOnce * kValue];
    std::uint8_t values[kAtOnce * kValue];
    const auto join = [&](std::uint8_t* nodes, std::size_t count) {
        for (std::size_t pairs = count / 2; pairs >= 1; pairs /= 2) {
            for (std::size_t i = 0; i < pairs; ++i)
                jobs[i] = parent_job(nodes + 2 * i * kValue, 0, nodes + i * kValue);
            run(jobs, pairs);
        }
    };
    for (std::size_t group = 0; group < kHalf / kAtOnce; ++group) {
        for (std::size_t i = 0; i < kAtOnce; ++i)
            jobs[i] =
                chunk_job(kZeros, kChunk, first + group * kAtOnce + i, 0, values + i * kValue);
        run(jobs, kAtOnce);
        join(values, kAtOnce);
        std::memcpy(groups + group * kValue, values, kValue);
    }
    join(groups, kHalf / kAtOnce);
    std::memcpy(out, groups, kValue);
}

}  // namespace

void Hasher::update_few_zeros(std::uint64_t count) noexcept {
    static constexpr std::uint8_t kPiece[64 * kChunk] = {};
    while (count > 0) {
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(count, sizeof kPiece));
        update({kPiece, size});
        count -= size;
    }
}

// Up to a place where a subtree may begin; then whole subtrees, each as its two halves, because the
// two newest values must stay apart (hasher.cpp); then the rest.
void Hasher::update_zeros(std::uint64_t count) {
    const std::uint64_t behind = (chunks_done_ * kChunk + buffered_) % kSubtreeBytes;
    const std::uint64_t to_begin = behind == 0 ? 0 : kSubtreeBytes - behind;
    if (count < to_begin + kSubtreeBytes) {
        update_few_zeros(count);
        return;
    }
    update_few_zeros(to_begin);
    push_buffered_chunk();
    count -= to_begin;
    std::vector<std::uint8_t> values;
    for (std::uint64_t left = count / kSubtreeBytes * 2; left > 0;) {
        const std::uint64_t halves = std::min(left, kHalvesAtOnce);
        values.resize(static_cast<std::size_t>(halves) * kValue);
        // Isolated: a thread that waits here must not begin other work of its caller's.
        tbb::this_task_arena::isolate([&] {
            tbb::parallel_for(std::uint64_t{0}, halves, [&](std::uint64_t half) {
                hash_half(run_, chunks_done_ + half * kHalf, values.data() + half * kValue);
            });
        });
        for (std::uint64_t half = 0; half < halves; ++half, chunks_done_ += kHalf)
            push(values.data() + half * kValue, chunks_done_);
        left -= halves;
    }
    update_few_zeros(count % kSubtreeBytes);
}

// The chunk that waits in the buffer is complete, and more input follows it.
void Hasher::push_buffered_chunk() noexcept {
    if (buffered_ == 0) return;
    std::uint8_t value[kValue];
    const Job job = chunk_job(buffer_, kChunk, chunks_done_, 0, value);
    run_(&job, 1);
    push(value, chunks_done_++);
    buffered_ = 0;
}

}  // namespace holt::blake3
