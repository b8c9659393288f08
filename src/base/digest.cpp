#include <holt/digest.hpp>

#include <ostream>

namespace holt {

std::string Digest::hex() const {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    text.reserve(2 * kSize);
    for (const std::uint8_t byte : bytes) {
        text += kDigits[byte >> 4];
        text += kDigits[byte & 15];
    }
    return text;
}

std::string Digest::short_hex() const {
    return hex().substr(0, 12);
}

std::optional<Digest> Digest::from_hex(std::string_view text) noexcept {
    if (text.size() != 2 * kSize) return std::nullopt;
    const auto value = [](char c) {
        if (c >= '0' && c <= '9') return c - '0';
        if (c >= 'a' && c <= 'f') return c - 'a' + 10;
        if (c >= 'A' && c <= 'F') return c - 'A' + 10;
        return -1;
    };
    Digest digest;
    for (std::size_t i = 0; i < kSize; ++i) {
        const int high = value(text[2 * i]), low = value(text[2 * i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        digest.bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
    }
    return digest;
}

std::ostream& operator<<(std::ostream& out, const Digest& digest) {
    return out << digest.hex();
}

}  // namespace holt
