// BLAKE3 (https://github.com/BLAKE3-team/BLAKE3-specs): 256-bit content digests.
//
// Two shapes of work: one buffer, hashed in SIMD lanes over its 1 KiB chunks, and many buffers in
// one call, where the chunks of different inputs share the lanes. Both give exactly the digests
// of `b3sum`. Kernels are chosen at run time (codec/cpu.h).
// Thread rule: free functions from any thread; a Hasher belongs to one thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <holt/digest.hpp>
#include "base/bytes.h"

namespace holt::blake3 {

struct Job;

/// What a piece of a longer input adds to its digest, computed without the pieces before it: so
/// the pieces of one input can be hashed on several threads. Hasher::append joins them.
class Part {
  public:
    Part() = default;
    /// `piece` stands at `offset` of the input.
    static Part of(ByteView piece, std::uint64_t offset);

  private:
    friend class Hasher;
    using Value = std::array<std::uint8_t, Digest::kSize>;
    struct Subtree {
        Value value;
        std::uint64_t chunks;
    };
    std::vector<Subtree> subtrees_{};  // of the chunks that lie in the piece as a whole
    std::size_t head_ = 0;             // bytes before them, which end a chunk
};

/// The digest of one buffer of any length.
[[nodiscard]] Digest hash(ByteView input) noexcept;

/// digests[i] = hash(inputs[i]). Both spans have the same length. Fastest when many inputs are
/// small, in any mixture of lengths. Allocates nothing; needs 50 KB of stack.
void hash_many(std::span<const ByteView> inputs, std::span<Digest> digests) noexcept;

/// The digest of input that arrives in pieces of any size. Fastest when they are 32 KiB or more.
class Hasher {
  public:
    Hasher() noexcept;
    void update(ByteView piece) noexcept;
    /// As update(piece), of which most was done: `part` is Part::of(piece) at this place.
    void append(const Part& part, ByteView piece) noexcept;
    /// As update() of so many zero bytes, which need not be in memory. Long runs are hashed by all
    /// of oneTBB's threads (zeros.cpp).
    void update_zeros(std::uint64_t count);
    /// The digest of all pieces so far; updating may go on afterwards.
    [[nodiscard]] Digest digest() const noexcept;
    void reset() noexcept;

  private:
    // One value for each finished subtree of a left-complete tree over 2^54 chunks, and one more
    // because the last two may still wait for their parent.
    static constexpr std::size_t kMaxDepth = 55;
    static constexpr std::size_t kChunk = 1024;

    void push(const std::uint8_t* value, std::uint64_t chunks_before) noexcept;
    void merge(std::uint64_t chunks) noexcept;
    void update_few_zeros(std::uint64_t count) noexcept;
    void push_buffered_chunk() noexcept;

    void (*run_)(const Job* jobs, std::size_t count) noexcept;
    std::uint64_t chunks_done_ = 0;
    std::size_t depth_ = 0;
    std::size_t buffered_ = 0;  // bytes of the chunk that is not hashed yet; at most kChunk
    std::uint8_t stack_[kMaxDepth][Digest::kSize];
    std::uint8_t buffer_[kChunk];
};

}  // namespace holt::blake3
