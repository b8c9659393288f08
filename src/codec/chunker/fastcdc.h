// Where large files are cut into chunks: FastCDC (Xia et al., USENIX ATC 2016, with the
// normalised chunking of its section 3.5), so that an insertion moves the cuts near it only.
//
// This is part of the store's format: the same content must be cut in the same places for ever, or
// nothing old is found again. The rule:
//   G[i], for i = 0 to 255, is output i + 1 of the generator splitmix64 seeded with kSeed.
//   H(n) is the hash of the 64 bytes before position n of a chunk:
//       H(n) = sum of G[byte n - 1 - k] * 2^k for k = 0 to 63, modulo 2^64
//   A chunk ends at the first n of kMin <= n < kMax where the leading bits of H(n) are all zero:
//   kHardBits of them below kNormal, kEasyBits from there on; else at kMax or the end of the input.
// As H needs 64 bytes only, two chunks that began in different places agree on their next cut as
// soon as both look for one.
// Thread rule: pure.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace holt::chunker {

inline constexpr std::size_t kMin = std::size_t{256} << 10;
inline constexpr std::size_t kNormal = std::size_t{1} << 20;
inline constexpr std::size_t kMax = std::size_t{4} << 20;
inline constexpr int kHardBits = 22;  // two more than log2 of kNormal, and two fewer: section 3.5
inline constexpr int kEasyBits = 18;
inline constexpr std::uint64_t kSeed = 0x6364632e746c6f68;  // "holt.cdc"

/// Whether `data` reaches to the end of the input.
enum class Input : std::uint8_t { goes_on, ends };

/// The length in bytes of the first chunk of `data`, which begins where the chunk before it ended.
/// 0 when that cannot be known yet, which is only where the input goes on and `data` has less than
/// kMax bytes, or when there is no data.
[[nodiscard]] std::size_t next_cut(ByteView data, Input input) noexcept;

/// The first n of `from` <= n < data.size() where the leading `bits` of H(n) are zero, or 0: a
/// place that its own neighbourhood decides, for whoever wants to meet others there. `from` is
/// kWindow or more.
inline constexpr std::size_t kWindow = 64;
[[nodiscard]] std::size_t next_point(ByteView data, std::size_t from, int bits) noexcept;

}  // namespace holt::chunker
