// Little-endian integers as they lie on disk: any alignment, any host. Thread rule: pure.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>

namespace holt {

static_assert(std::endian::native == std::endian::little ||
              std::endian::native == std::endian::big);

/// Reads an integer that was stored little-endian at any address. `at` needs sizeof(T) bytes.
template <std::unsigned_integral T>
[[nodiscard]] inline T load_le(const void* at) noexcept {
    T value;
    std::memcpy(&value, at, sizeof value);
    if constexpr (std::endian::native == std::endian::big) value = std::byteswap(value);
    return value;
}

template <std::unsigned_integral T>
inline void store_le(void* at, T value) noexcept {
    if constexpr (std::endian::native == std::endian::big) value = std::byteswap(value);
    std::memcpy(at, &value, sizeof value);
}

/// An integer member of an on-disk struct: alignment 1, little-endian on every host.
template <std::unsigned_integral T>
class Little {
  public:
    Little() = default;
    Little(T value) noexcept { store_le(bytes_, value); }
    operator T() const noexcept { return load_le<T>(bytes_); }

  private:
    std::uint8_t bytes_[sizeof(T)] = {};
};

using le16 = Little<std::uint16_t>;
using le32 = Little<std::uint32_t>;
using le64 = Little<std::uint64_t>;
static_assert(sizeof(le64) == 8 && alignof(le64) == 1);

}  // namespace holt
