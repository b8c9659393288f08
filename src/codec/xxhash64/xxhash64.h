// xxHash64 with seed 0: the content checksum of a zstd frame is its low 32 bits (RFC 8878 3.1.1).
//
// It guards against accidents, not against intent. Input of any split gives the same digest.
// Thread rule: one object, one thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace holt::zstd {

class XxHash64 {
  public:
    void update(ByteView input) noexcept;
    /// The hash of everything since the last reset; more input may follow.
    [[nodiscard]] std::uint64_t digest() const noexcept;
    void reset() noexcept { *this = XxHash64{}; }

  private:
    static constexpr std::size_t kStripe = 32;  // four lanes of eight bytes

    std::array<std::uint64_t, 4> lanes_ = kInitialLanes;
    std::array<std::uint8_t, kStripe> pending_{};  // the start of a stripe not yet complete
    std::size_t pending_size_ = 0;
    std::uint64_t total_ = 0;

    static constexpr std::uint64_t kPrime1 = 0x9E3779B185EBCA87;
    static constexpr std::uint64_t kPrime2 = 0xC2B2AE3D27D4EB4F;
    static constexpr std::array<std::uint64_t, 4> kInitialLanes = {kPrime1 + kPrime2, kPrime2, 0,
                                                                   0 - kPrime1};
};

/// The hash of one buffer.
[[nodiscard]] std::uint64_t xxhash64(ByteView input) noexcept;

}  // namespace holt::zstd
