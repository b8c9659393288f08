// The CRC-32 of gzip and zip, and that of two stretches put together without looking at their bytes
// again, so that several threads can each take one. Thread rule: pure functions.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace holt::gzip {

/// `before`: of the bytes before these; 0 for none.
std::uint32_t crc32(std::uint32_t before, ByteView bytes) noexcept;
/// Of the bytes of `first` followed by the `size` bytes of `second`.
std::uint32_t crc32_combine(std::uint32_t first, std::uint32_t second, std::uint64_t size) noexcept;

}  // namespace holt::gzip
