// BLAKE3 (https://github.com/BLAKE3-team/BLAKE3-specs): 256-bit content digests.
//
// Two shapes of work: one buffer, hashed in SIMD lanes over its 1 KiB chunks, and many buffers in
// one call, where small inputs of equal block count share the lanes. Both give exactly the digests
// of `b3sum`. Kernels are chosen at run time (codec/cpu.h).
// Thread rule: free functions from any thread; a Hasher belongs to one thread at a time.
#pragma once

#include <cstddef>
#include <span>

#include "base/bytes.h"
#include "base/digest.h"

namespace holt::blake3 {

/// The digest of one buffer of any length.
[[nodiscard]] Digest hash(ByteView input) noexcept;

/// digests[i] = hash(inputs[i]). Both spans have the same length. Fastest when many inputs are
/// small. Allocates nothing.
void hash_many(std::span<const ByteView> inputs, std::span<Digest> digests) noexcept;

/// The digest of input that arrives in pieces of any size.
class Hasher {
  public:
    Hasher() noexcept;
    void update(ByteView piece) noexcept;
    /// The digest of all pieces so far; updating may go on afterwards.
    [[nodiscard]] Digest digest() const noexcept;
    void reset() noexcept;

  private:
    // BLAKE3 section 2.4: one chaining value for each finished subtree, at most 54 deep for 2^64
    // bytes.
    static constexpr std::size_t kMaxDepth = 54;
    static constexpr std::size_t kChunk = 1024;

    alignas(64) std::uint8_t stack_[kMaxDepth + 1][Digest::kSize];
    std::size_t stack_depth_ = 0;
    std::uint64_t chunks_done_ = 0;
    std::uint8_t buffer_[kChunk];
    std::size_t buffered_ = 0;
};

}  // namespace holt::blake3
