#include "codec/gzip/member.h"

#include <libdeflate.h>

#include <algorithm>

#include "base/endian.h"

namespace holt::gzip {
namespace {

// FLG bits, RFC 1952 2.3.1. FTEXT (1) says nothing that a decoder needs.
constexpr unsigned kHeaderCrc = 2, kExtra = 4, kName = 8, kComment = 16, kReserved = 0xE0;
constexpr std::uint8_t kDeflate = 8;
constexpr std::size_t kExtraLengthSize = 2, kSubfieldHead = 4;

std::unexpected<Error> bad(ErrorCode code, std::size_t at) {
    return std::unexpected(Error{.code = code, .input_offset = at});
}

/// The member's size by one of the two subfields; 0 when there is none of them.
std::uint64_t stated_size(ByteView extra) noexcept {
    while (extra.size() >= kSubfieldHead) {
        const std::size_t length = load_le<std::uint16_t>(&extra[2]);
        if (length > extra.size() - kSubfieldHead) return 0;
        if (extra[0] == 'B' && extra[1] == 'C' && length == 2)
            return std::uint64_t{load_le<std::uint16_t>(&extra[kSubfieldHead])} + 1;
        if (extra[0] == 'H' && extra[1] == 'L' && length == 4)
            return load_le<std::uint32_t>(&extra[kSubfieldHead]);
        extra = extra.subspan(kSubfieldHead + length);
    }
    return 0;
}

std::size_t length_field_size(LengthField field) noexcept {
    switch (field) {
        case LengthField::none:
            return 0;
        case LengthField::ours:
            return kSubfieldHead + 4;
        case LengthField::bgzf:
            return kSubfieldHead + 2;
    }
    return 0;
}

}  // namespace

ByteView bgzf_end() noexcept {
    static constexpr std::uint8_t kEnd[] = {0x1F, 0x8B, 8,    4, 0, 0, 0, 0, 0, 255, 6, 0, 'B', 'C',
                                            2,    0,    0x1B, 0, 3, 0, 0, 0, 0, 0,   0, 0, 0,   0};
    return kEnd;
}

Expected<std::optional<Header>> parse_header(ByteView input) {
    if (input.size() > 0 && input[0] != kMagic0) return bad(ErrorCode::bad_magic, 0);
    if (input.size() > 1 && input[1] != kMagic1) return bad(ErrorCode::bad_magic, 0);
    if (input.size() > 2 && input[2] != kDeflate) return bad(ErrorCode::bad_method, 2);
    if (input.size() > 3 && (input[3] & kReserved) != 0) return bad(ErrorCode::bad_flags, 3);
    const bool too_long = input.size() > kMaxHeader;
    const auto more = [&]() -> Expected<std::optional<Header>> {
        if (too_long) return bad(ErrorCode::header_too_long, kMaxHeader);
        return std::nullopt;
    };
    if (input.size() < kFixedHeader) return more();

    const unsigned flags = input[3];
    Header header{.mtime = load_le<std::uint32_t>(&input[4])};
    std::size_t at = kFixedHeader;
    if ((flags & kExtra) != 0) {
        if (input.size() - at < kExtraLengthSize) return more();
        const std::size_t length = load_le<std::uint16_t>(&input[at]);
        at += kExtraLengthSize;
        if (input.size() - at < length) return more();
        header.member_size = stated_size(input.subspan(at, length));
        at += length;
    }
    for (const unsigned text : {kName, kComment}) {
        if ((flags & text) == 0) continue;
        const auto rest = input.subspan(at);
        const auto end = std::ranges::find(rest, std::uint8_t{0});
        if (end == rest.end()) return more();
        if (text == kName) header.name.assign(rest.begin(), end);
        at += static_cast<std::size_t>(end - rest.begin()) + 1;
    }
    if ((flags & kHeaderCrc) != 0) {
        if (input.size() - at < 2) return more();
        const std::uint32_t crc = libdeflate_crc32(0, input.data(), at);
        if (load_le<std::uint16_t>(&input[at]) != (crc & 0xFFFF))
            return bad(ErrorCode::wrong_header_crc, at);
        at += 2;
    }
    if (at > kMaxHeader) return bad(ErrorCode::header_too_long, kMaxHeader);
    header.size = at;
    return header;
}

std::size_t header_size(const HeaderFields& fields) noexcept {
    const std::size_t length = length_field_size(fields.length);
    return kFixedHeader + (length == 0 ? 0 : kExtraLengthSize + length) +
           (fields.name.empty() ? 0 : fields.name.size() + 1);
}

void write_header(const HeaderFields& fields, std::uint64_t member_size, std::uint8_t* out) {
    const std::size_t length = length_field_size(fields.length);
    *out++ = kMagic0;
    *out++ = kMagic1;
    *out++ = kDeflate;
    *out++ =
        static_cast<std::uint8_t>((length == 0 ? 0 : kExtra) | (fields.name.empty() ? 0 : kName));
    store_le(out, fields.mtime);
    out += 4;
    *out++ = fields.extra_flags;
    *out++ = fields.system;
    if (length > 0) {
        const bool ours = fields.length == LengthField::ours;
        store_le(out, static_cast<std::uint16_t>(length));
        out[2] = ours ? 'H' : 'B';
        out[3] = ours ? 'L' : 'C';
        store_le(out + 4, static_cast<std::uint16_t>(length - kSubfieldHead));
        if (ours)
            store_le(out + 6, static_cast<std::uint32_t>(member_size));
        else
            store_le(out + 6, static_cast<std::uint16_t>(member_size - 1));
        out += kExtraLengthSize + length;
    }
    if (fields.name.empty()) return;
    out = std::ranges::copy(as_bytes(fields.name), out).out;
    *out = 0;
}

void write_trailer(std::uint32_t crc, std::uint32_t length, std::uint8_t* out) noexcept {
    store_le(out, crc);
    store_le(out + 4, length);
}

}  // namespace holt::gzip
