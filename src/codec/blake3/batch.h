// The inputs of one call, hashed together: their chunks share the lanes of the kernel whatever
// their lengths, and so do their parents, level by level.
//
// Why a batch of 512 chunks: jobs of equal block counts are put side by side, and with 512 of them
// the groups of lanes that still mix counts are few (on files of a median of 1.7 KB, 3% of the
// lanes run idle); all of it fits on the stack in 50 KB.
// Thread rule: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>

#include <holt/digest.hpp>
#include "base/bytes.h"
#include "codec/blake3/kernel.h"

namespace holt::blake3 {

class Batch {
  public:
    static constexpr std::size_t kChunks = 512;
    static constexpr std::size_t kMaxBytes = kChunks * kChunk;  // of one input

    explicit Batch(RunJobs run) noexcept : run_(run) {}

    /// Takes an input of at most kMaxBytes, whose digest the next flush() stores. Flushes first if
    /// there is no room.
    void add(ByteView input, Digest& digest) noexcept;
    void flush() noexcept;

  private:
    struct Input {
        const std::uint8_t* data;
        std::size_t size;
        Digest* digest;
        std::uint16_t values;  // how many nodes of the level reached so far
    };

    void run_chunks() noexcept;
    bool run_parents() noexcept;

    RunJobs run_;
    std::size_t inputs_count_ = 0;
    std::size_t chunks_ = 0;
    Input inputs_[kChunks];
    Job jobs_[kChunks];
    std::uint8_t values_[kChunks * kValue];  // each input's, from the place of its first chunk
};

}  // namespace holt::blake3
