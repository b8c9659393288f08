// A 256-bit digest (BLAKE3): the id of a snapshot or pack, and what names content.
// Thread rule: a value.
#pragma once

#include <holt/export.h>

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <version>
#ifdef __cpp_lib_format
#include <format>
#endif

namespace holt {

struct Digest {
    static constexpr std::size_t kSize = 32;
    std::array<std::uint8_t, kSize> bytes{};

    auto operator<=>(const Digest&) const = default;
    std::span<const std::uint8_t, kSize> view() const noexcept { return bytes; }
    /// 64 lower-case hex digits.
    HOLT_API std::string hex() const;
    /// The first 12 of them: enough for people, and a SNAP.
    HOLT_API std::string short_hex() const;
    /// The reverse of hex(), also with upper-case digits; nothing when `text` is not exactly 64 hex
    /// digits.
    HOLT_API static std::optional<Digest> from_hex(std::string_view text) noexcept;
};

/// As hex() has it.
HOLT_API std::ostream& operator<<(std::ostream& out, const Digest& digest);

}  // namespace holt

// Doxygen cannot place specialisations of the standard library's templates.
/// @cond std
template <>
struct std::hash<holt::Digest> {
    // A digest is uniform already: its first bytes are as good a hash as any.
    std::size_t operator()(const holt::Digest& digest) const noexcept {
        std::size_t first = 0;
        std::memcpy(&first, digest.bytes.data(), sizeof first);
        return first;
    }
};

#ifdef __cpp_lib_format
/// As hex() has it; the format is that of a text.
template <>
struct std::formatter<holt::Digest> : std::formatter<std::string_view> {
    auto format(const holt::Digest& digest, std::format_context& context) const {
        return std::formatter<std::string_view>::format(digest.hex(), context);
    }
};
#endif
/// @endcond
