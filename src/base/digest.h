// A 256-bit content digest (BLAKE3) as a value that can be compared, hashed and printed.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/endian.h"

namespace holt {

struct Digest {
    static constexpr std::size_t kSize = 32;
    std::array<std::uint8_t, kSize> bytes{};

    auto operator<=>(const Digest&) const = default;
    ByteView view() const noexcept { return bytes; }
    /// 64 lower-case hex digits.
    std::string hex() const;
    /// The reverse of hex(); nothing when `text` is not exactly 64 hex digits.
    static std::optional<Digest> from_hex(std::string_view text) noexcept;
};

}  // namespace holt

template <>
struct std::hash<holt::Digest> {
    // A digest is uniform already: its first bytes are as good a hash as any.
    std::size_t operator()(const holt::Digest& d) const noexcept {
        return static_cast<std::size_t>(holt::load_le<std::uint64_t>(d.bytes.data()));
    }
};
