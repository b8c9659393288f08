#include "base/utf8.h"

#include <cstdint>

namespace holt {
namespace {

struct Decoded {
    std::uint32_t code_point;
    std::size_t length;  // 0: not valid here
};

Decoded decode(std::string_view bytes) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    const unsigned lead = byte(0);
    if (lead < 0x80) return {lead, 1};
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || bytes.size() < length) return {0, 0};
    std::uint32_t code_point = lead & (0xFFu >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0) != 0x80) return {0, 0};
        code_point = code_point << 6 | (byte(i) & 0x3F);
    }
    static constexpr std::uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
    if (code_point < kSmallest[length] || code_point > 0x10FFFF || surrogate) return {0, 0};
    return {code_point, length};
}

bool is_control(std::uint32_t c) noexcept {
    const bool bidi = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029 || bidi;
}

}  // namespace

std::size_t utf8_printable_prefix(std::string_view bytes) noexcept {
    if (bytes.empty()) return 0;
    const Decoded d = decode(bytes);
    return d.length > 0 && !is_control(d.code_point) ? d.length : 0;
}

bool utf8_valid(std::string_view bytes) noexcept {
    while (!bytes.empty()) {
        const std::size_t length = decode(bytes).length;
        if (length == 0) return false;
        bytes.remove_prefix(length);
    }
    return true;
}

}  // namespace holt
