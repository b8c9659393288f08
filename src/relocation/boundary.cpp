#include "relocation/boundary.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/utf8.h"

namespace holt::relocation {
namespace {

bool is_letter(std::uint8_t byte) noexcept {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

std::optional<unsigned> hex_digit(std::uint8_t byte) noexcept {
    if (byte >= '0' && byte <= '9') return byte - '0';
    if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
    if (byte >= 'A' && byte <= 'F') return byte - 'A' + 10;
    return std::nullopt;
}

// The last two bytes before `end` as a number.
std::optional<std::uint8_t> hex_byte(ByteView text, std::size_t end) noexcept {
    if (end < 2 || end > text.size()) return std::nullopt;
    const auto high = hex_digit(text[end - 2]), low = hex_digit(text[end - 1]);
    if (!high || !low) return std::nullopt;
    return static_cast<std::uint8_t>(*high << 4 | *low);
}

// The one character of UTF-8 that is in these bytes, and nothing else.
std::optional<char32_t> decode(ByteView bytes) noexcept {
    if (bytes.size() < 2 || bytes.size() > 4 || !utf8_valid(as_text(bytes))) return std::nullopt;
    char32_t code = bytes[0] & (0xFFu >> (bytes.size() + 1));
    for (const std::uint8_t byte : bytes.subspan(1)) {
        if ((byte & 0xC0) != 0x80) return std::nullopt;  // several characters
        code = code << 6 | (byte & 0x3Fu);
    }
    return (bytes[0] & 0xC0) == 0xC0 ? std::optional(code) : std::nullopt;
}

std::optional<char32_t> character_before(ByteView text, std::size_t at) noexcept {
    for (std::size_t length = 2; length <= std::min<std::size_t>(at, 4); ++length)
        if (const auto code = decode(text.subspan(at - length, length))) return code;
    return std::nullopt;
}

std::optional<char32_t> character_at(ByteView text, std::size_t at) noexcept {
    for (std::size_t length = 2; length <= std::min<std::size_t>(text.size() - at, 4); ++length)
        if (const auto code = decode(text.subspan(at, length))) return code;
    return std::nullopt;
}

struct CodeRange {
    char32_t first, last;
};

// Punctuation, symbols and private use: what stands around names, not in them.
bool is_name_character(char32_t code) noexcept {
    constexpr CodeRange kOther[] = {
        {0x80, 0xA9},     {0xAB, 0xB4},     {0xB6, 0xB9},     {0xBB, 0xBF},      {0xD7, 0xD7},
        {0xF7, 0xF7},     {0x2000, 0x206F}, {0x20A0, 0x20CF}, {0x2190, 0x2BFF},  {0x3000, 0x3004},
        {0x3008, 0x3020}, {0xE000, 0xF8FF}, {0xFE30, 0xFE4F}, {0xFEFF, 0xFEFF},  {0xFF01, 0xFF0F},
        {0xFF1A, 0xFF20}, {0xFF3B, 0xFF40}, {0xFF5B, 0xFF65}, {0x1F000, 0x1FAFF}};
    return std::ranges::none_of(
        kOther, [&](const CodeRange& range) { return code >= range.first && code <= range.last; });
}

// A byte of 0x80 and more that is no UTF-8: as Windows-1252 has it.
bool is_name_in_1252(std::uint8_t byte) noexcept {
    constexpr std::uint8_t kLetters[] = {0x83, 0x8A, 0x8C, 0x8E, 0x9A, 0x9C,
                                         0x9E, 0x9F, 0xAA, 0xB5, 0xBA};
    if (byte >= 0xC0) return byte != 0xD7 && byte != 0xF7;
    return std::ranges::find(kLetters, byte) != std::end(kLetters);
}

// "\n", "\u003c" and "%22": one character that is no part of a path, though its last byte may be.
bool ends_escape(ByteView text, std::size_t at) noexcept {
    if (at >= 2 && text[at - 2] == '\\')
        return std::string_view("abefnrtv0").contains(static_cast<char>(text[at - 1]));
    const auto value = hex_byte(text, at);
    if (!value || *value == '/' || is_name_byte(*value) || *value >= 0x80) return false;
    if (at >= 3 && text[at - 3] == '%') return true;
    if (at >= 4 && text[at - 4] == '\\' && text[at - 3] == 'x') return true;
    return at >= 6 && text[at - 6] == '\\' && text[at - 5] == 'u' && text[at - 4] == '0' &&
           text[at - 3] == '0';
}

// "-L/opt/env/lib", "-isystem/opt/env/include": letters behind the dash that begins a word.
bool ends_option(ByteView text, std::size_t at) noexcept {
    std::size_t begin = at;
    while (begin > 0 && is_letter(text[begin - 1])) --begin;
    if (begin == at || begin == 0 || text[begin - 1] != '-') return false;
    if (begin == 1) return true;
    const std::uint8_t before = text[begin - 2];
    return before != '/' && !is_name_byte(before);
}

// A colour: ESC [ 1 ; 32 m.
bool ends_terminal_sequence(ByteView text, std::size_t at) noexcept {
    if (at < 3 || !is_letter(text[at - 1])) return false;
    std::size_t begin = at - 1;
    while (begin > 0 &&
           (text[begin - 1] == ';' || (text[begin - 1] >= '0' && text[begin - 1] <= '9')))
        --begin;
    return begin >= 2 && text[begin - 1] == '[' && text[begin - 2] == 0x1B;
}

bool begins_after_ascii(ByteView text, std::size_t at) noexcept {
    const std::uint8_t before = text[at - 1];
    if (before == '/') return at >= 3 && text[at - 2] == '/' && text[at - 3] == ':';
    return !is_name_byte(before) || ends_option(text, at) || ends_escape(text, at) ||
           ends_terminal_sequence(text, at);
}

// Whether the bytes before `at` are the number `length`, in one of the ways that files write it.
bool states_length(ByteView content, std::size_t at, std::size_t length) noexcept {
    const auto byte = [&](std::size_t back) { return content[at - back]; };
    const auto is_little_endian = [&](std::size_t width) {
        if (at < width) return false;
        for (std::size_t i = 0; i < width; ++i)
            if (byte(width - i) != (i < 8 ? (std::uint64_t{length} >> (8 * i)) & 0xFF : 0))
                return false;
        return true;
    };
    if (at >= 1 && length < 0x100 && byte(1) == length)
        return !is_name_byte(byte(1)) || at < 2 || !is_name_byte(byte(2));
    if (at >= 2 && length >= 0x80 && byte(1) == length >> 7 && byte(2) == ((length & 0x7F) | 0x80))
        return true;  // as protocol buffers do
    if (at >= 2 && length >= 0x100 && byte(1) == (length & 0xFF) && byte(2) == length >> 8)
        return true;
    return is_little_endian(2) || is_little_endian(4) || is_little_endian(8);
}

// A byte that looks like a letter, and is the length of the text that follows.
bool follows_length_byte(ByteView content, std::size_t at, std::size_t length) noexcept {
    const std::uint8_t stated = content[at - 1];
    if (stated < length || stated > content.size() - at) return false;
    if (at >= 2 && (is_name_byte(content[at - 2]) || content[at - 2] == '/')) return false;
    return std::ranges::all_of(content.subspan(at, stated),
                               [](std::uint8_t byte) { return byte >= 0x20 && byte != 0x7F; });
}

}  // namespace

bool is_name_byte(std::uint8_t byte) noexcept {
    return is_letter(byte) || (byte >= '0' && byte <= '9') || byte == '_' || byte == '.' ||
           byte == '-';
}

bool begins_in_text(ByteView text, std::size_t at) noexcept {
    if (at == 0) return true;
    if (text[at - 1] < 0x80) return begins_after_ascii(text, at);
    const auto code = character_before(text, at);
    return code ? !is_name_character(*code) : !is_name_in_1252(text[at - 1]);
}

bool ends_in_text(ByteView text, std::size_t end) noexcept {
    if (end >= text.size()) return true;
    const std::uint8_t next = text[end];
    if (is_name_byte(next)) return false;
    if (next == '\\') return end + 1 >= text.size() || text[end + 1] != ' ';
    if (next == '%') {  // a letter, a space, a part of a character
        const auto value = hex_byte(text, std::min(end + 3, text.size()));
        return !value || end + 3 > text.size() ||
               (*value != ' ' && *value < 0x80 && !is_name_byte(*value));
    }
    if (next < 0x80) return true;
    const auto code = character_at(text, end);
    return code ? !is_name_character(*code) : !is_name_in_1252(next);
}

bool begins_in_binary(ByteView content, std::size_t at, std::size_t length) noexcept {
    return at == 0 || content[at - 1] >= 0x80 || begins_after_ascii(content, at) ||
           follows_length_byte(content, at, length);
}

bool ends_in_binary(ByteView content, std::size_t at, std::size_t length) noexcept {
    const std::size_t end = at + length;
    if (end >= content.size()) return true;
    if (states_length(content, at, length)) return true;
    if (is_name_byte(content[end])) return false;
    const auto code = content[end] < 0x80 ? std::nullopt : character_at(content, end);
    return !code || !is_name_character(*code);
}

}  // namespace holt::relocation
