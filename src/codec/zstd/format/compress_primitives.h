// The few operations every encoder kernel is made of: unaligned loads and stores, bit scans,
// copies.
//
// They are forced inline and use no library function: kernels are compiled once for each
// instruction set, and a shared out-of-line copy compiled for AVX-512 would crash older processors.
// Values are little-endian on every host, so that the output is the same everywhere.
// Thread rule: pure.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#define HOLT_ZSTD_INLINE [[gnu::always_inline]] inline

namespace holt::zstd {

HOLT_ZSTD_INLINE std::uint32_t load32(const std::uint8_t* at) noexcept {
    std::uint32_t value;
    __builtin_memcpy(&value, at, sizeof value);
    if constexpr (std::endian::native == std::endian::big) value = __builtin_bswap32(value);
    return value;
}

HOLT_ZSTD_INLINE std::uint64_t load64(const std::uint8_t* at) noexcept {
    std::uint64_t value;
    __builtin_memcpy(&value, at, sizeof value);
    if constexpr (std::endian::native == std::endian::big) value = __builtin_bswap64(value);
    return value;
}

HOLT_ZSTD_INLINE void store64(std::uint8_t* at, std::uint64_t value) noexcept {
    if constexpr (std::endian::native == std::endian::big) value = __builtin_bswap64(value);
    __builtin_memcpy(at, &value, sizeof value);
}

HOLT_ZSTD_INLINE void store16(std::uint8_t* at, std::uint32_t value) noexcept {
    at[0] = static_cast<std::uint8_t>(value);
    at[1] = static_cast<std::uint8_t>(value >> 8);
}

/// Index of the highest set bit; `value` is not 0.
HOLT_ZSTD_INLINE unsigned high_bit(std::uint32_t value) noexcept {
    return 31u - static_cast<unsigned>(__builtin_clz(value));
}

/// The bytes a wide copy may write past its end; also what may be read past the end of a source.
inline constexpr std::size_t kWideCopy = 16;

HOLT_ZSTD_INLINE void copy16(std::uint8_t* to, const std::uint8_t* from) noexcept {
    __builtin_memcpy(to, from, 16);
}

}  // namespace holt::zstd
