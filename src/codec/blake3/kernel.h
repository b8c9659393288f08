// The work of BLAKE3 as jobs: what stands between the tree (which knows nothing of vectors) and the
// kernels (which know nothing of trees).
//
// A job chains the compression function over up to 16 blocks of 64 bytes, starting from the
// standard initial value, and writes the 32-byte chaining value. That covers a chunk of 0 to 1,024
// bytes and a parent node, which is one block made of its two children. Jobs are independent of
// each other, so a kernel runs as many at a time as its vectors have lanes.
// Thread rule: kernels are pure functions over the memory that their jobs name.
#pragma once

#include <cstddef>
#include <cstdint>

namespace holt::blake3 {

inline constexpr std::size_t kBlock = 64;
inline constexpr std::size_t kChunk = 1024;
inline constexpr std::size_t kValue = 32;  // bytes of a chaining value, and of a digest

// Domain flags of the compression function: BLAKE3 section 2.2, table 3.
inline constexpr std::uint8_t kChunkStart = 1;
inline constexpr std::uint8_t kChunkEnd = 2;
inline constexpr std::uint8_t kParent = 4;
inline constexpr std::uint8_t kRoot = 8;

struct Job {
    const std::uint8_t* data;
    std::uint8_t* out;         // kValue bytes
    std::uint64_t counter;     // index of the chunk in its input; 0 for a parent
    std::uint16_t size;        // bytes at `data`, at most kChunk
    std::uint8_t first_flags;  // of the first block
    std::uint8_t last_flags;   // of the last block, which may also be the first

    // An empty chunk is one block of length 0.
    [[gnu::always_inline]] std::uint32_t blocks() const noexcept {
        return size <= kBlock ? 1 : static_cast<std::uint32_t>((size + kBlock - 1) / kBlock);
    }
};

/// The chunk `index` of an input; `flags` is kRoot when it is the only one, else 0.
[[nodiscard]] inline Job chunk_job(const std::uint8_t* data, std::size_t size, std::uint64_t index,
                                   std::uint8_t flags, std::uint8_t* out) noexcept {
    return {.data = data,
            .out = out,
            .counter = index,
            .size = static_cast<std::uint16_t>(size),
            .first_flags = kChunkStart,
            .last_flags = static_cast<std::uint8_t>(kChunkEnd | flags)};
}

/// The parent of the two chaining values that lie one after the other at `children`.
[[nodiscard]] inline Job parent_job(const std::uint8_t* children, std::uint8_t flags,
                                    std::uint8_t* out) noexcept {
    return {.data = children,
            .out = out,
            .counter = 0,
            .size = kBlock,
            .first_flags = kParent,
            .last_flags = flags};
}

/// Runs all jobs. Any order of jobs is right; neighbours of equal block counts are fastest. The
/// `out` of a job of one block may overlap the data of itself and of jobs before it, never of jobs
/// after it.
using RunJobs = void (*)(const Job* jobs, std::size_t count) noexcept;

void run_jobs_portable(const Job* jobs, std::size_t count) noexcept;
#if defined(__x86_64__)
void run_jobs_avx2(const Job* jobs, std::size_t count) noexcept;
void run_jobs_avx512(const Job* jobs, std::size_t count) noexcept;
#endif

/// The kernel for the CPU level in force (codec/cpu.h).
[[nodiscard]] RunJobs kernel() noexcept;

}  // namespace holt::blake3
