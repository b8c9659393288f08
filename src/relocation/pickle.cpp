#include <limits>
#include <string_view>

#include "base/endian.h"
#include "relocation/strings.h"

namespace holt::relocation {
namespace {

using Coding = StringSpan::Coding;

// How an opcode's argument is written.
struct Argument {
    enum class Kind : std::uint8_t { fixed, line, two_lines, counted, none } kind = Kind::none;
    std::uint8_t width = 0;  // of the argument, or of its count
    bool is_string = false;
    Coding coding = Coding::bytes;
};

Argument argument_of(std::uint8_t opcode) noexcept {
    using Kind = Argument::Kind;
    constexpr std::string_view kBare =
        "(.012N)ltd}]aesuobRQ\x81\x85\x86\x87\x88\x89\x8f\x90\x91\x92\x93\x94\x97\x98";
    if (kBare.contains(static_cast<char>(opcode))) return {Kind::fixed, 0};
    switch (opcode) {
        case 'K':
        case 'h':
        case 'q':
        case 0x80:
        case 0x82:
            return {Kind::fixed, 1};
        case 'M':
        case 0x83:
            return {Kind::fixed, 2};
        case 'J':
        case 'j':
        case 'r':
        case 0x84:
            return {Kind::fixed, 4};
        case 'G':
        case 0x95:
            return {Kind::fixed, 8};
        case 'I':
        case 'F':
        case 'L':
        case 'P':
        case 'g':
        case 'p':
            return {Kind::line};
        case 'S':
        case 'V':
            return {Kind::line, 0, true, Coding::ascii};
        case 'c':
        case 'i':
            return {Kind::two_lines};
        case 0x8A:
            return {Kind::counted, 1};
        case 'U':
        case 'C':
            return {Kind::counted, 1, true};
        case 0x8C:
            return {Kind::counted, 1, true, Coding::utf8};
        case 0x8B:
            return {Kind::counted, 4};
        case 'T':
        case 'B':
            return {Kind::counted, 4, true};
        case 'X':
            return {Kind::counted, 4, true, Coding::utf8};
        case 0x8D:
            return {Kind::counted, 8, true, Coding::utf8};
        case 0x8E:
        case 0x96:
            return {Kind::counted, 8, true};
        default:
            return {};
    }
}

std::uint64_t number(ByteView bytes) noexcept {
    std::uint64_t value = 0;
    for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | bytes[i];
    return value;
}

}  // namespace

std::optional<std::vector<StringSpan>> pickle_strings(ByteView file) {
    using Kind = Argument::Kind;
    if (file.empty() || file.back() != '.') return std::nullopt;
    std::vector<StringSpan> strings;
    std::size_t at = 0;
    while (at < file.size()) {
        const Argument argument = argument_of(file[at++]);
        std::uint64_t length = argument.width;
        std::size_t behind = 0;  // bytes that end a line
        switch (argument.kind) {
            case Kind::none:
                return std::nullopt;
            case Kind::fixed:
                break;
            case Kind::counted:
                if (argument.width > file.size() - at) return std::nullopt;
                length = number(file.subspan(at, argument.width));
                at += argument.width;
                break;
            case Kind::line:
            case Kind::two_lines: {
                const std::string_view rest = as_text(file.subspan(at));
                std::size_t end = rest.find('\n');
                if (argument.kind == Kind::two_lines && end != rest.npos)
                    end = rest.find('\n', end + 1);
                if (end == rest.npos) return std::nullopt;
                length = end;
                behind = 1;
            }
        }
        if (length > file.size() - at) return std::nullopt;
        if (argument.is_string)
            strings.push_back({at, static_cast<std::size_t>(length), argument.coding});
        at += static_cast<std::size_t>(length) + behind;
    }
    return strings;
}

}  // namespace holt::relocation
