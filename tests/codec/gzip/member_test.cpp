// Headers: every optional field, in every combination and cut anywhere; what RFC 1952 reserves is
// refused; length fields are found among others.
#include "codec/gzip/member.h"

#include <gtest/gtest.h>
#include <libdeflate.h>

#include "base/endian.h"

namespace holt::gzip {
namespace {

std::string header_with(unsigned flags, const std::string& extra) {
    std::string out("\x1F\x8B\x08", 3);
    out += static_cast<char>(flags);
    out += std::string("\x01\x02\x03\x04\x02\xFF", 6);
    if ((flags & 4) != 0) {
        out += static_cast<char>(extra.size() & 0xFF);
        out += static_cast<char>(extra.size() >> 8);
        out += extra;
    }
    if ((flags & 8) != 0) out += std::string("na\xFFme\0", 6);
    if ((flags & 16) != 0) out += std::string("a comment\0", 10);
    if ((flags & 2) != 0) {
        char crc[2];
        store_le(crc,
                 static_cast<std::uint16_t>(libdeflate_crc32(0, out.data(), out.size()) & 0xFFFF));
        out.append(crc, 2);
    }
    return out;
}

TEST(GzipMember, EveryCombinationOfFieldsCutAnywhere) {
    const std::string extra("AB\x03\x00xyzHL\x04\x00\x39\x30\x00\x00", 15);
    for (unsigned flags = 0; flags < 32; ++flags) {
        const std::string bytes = header_with(flags, extra);
        for (std::size_t length = 0; length < bytes.size(); ++length) {
            const auto cut = parse_header(as_bytes(bytes).first(length));
            ASSERT_TRUE(cut && !*cut) << flags << ' ' << length;
        }
        const auto header = parse_header(as_bytes(bytes + "deflate"));
        ASSERT_TRUE(header && *header) << flags;
        EXPECT_EQ((*header)->size, bytes.size());
        EXPECT_EQ((*header)->mtime, 0x04030201u);
        EXPECT_EQ((*header)->name, (flags & 8) != 0 ? "na\xFFme" : "");
        EXPECT_EQ((*header)->member_size, (flags & 4) != 0 ? 12345u : 0u);
    }
}

TEST(GzipMember, WhatIsNoHeaderIsRefused) {
    const auto code = [](std::string bytes) {
        const auto header = parse_header(as_bytes(bytes));
        return header ? ErrorCode::ok : header.error().code;
    };
    const std::string good = header_with(31, "");
    EXPECT_EQ(code(good), ErrorCode::ok);
    EXPECT_EQ(code("x"), ErrorCode::bad_magic);
    EXPECT_EQ(code("\x1F\x9D"), ErrorCode::bad_magic);
    EXPECT_EQ(code("\x1F\x8B\x07"), ErrorCode::bad_method);
    for (const unsigned reserved : {0x20u, 0x40u, 0x80u}) {
        std::string bytes = good;
        bytes[3] = static_cast<char>(reserved);
        EXPECT_EQ(code(bytes), ErrorCode::bad_flags);
    }
    std::string flipped = good;
    flipped[flipped.size() - 1] ^= 1;
    EXPECT_EQ(code(flipped), ErrorCode::wrong_header_crc);
    EXPECT_EQ(code(header_with(8, "").substr(0, 10) + std::string(kMaxHeader, 'n')),
              ErrorCode::header_too_long);
}

TEST(GzipMember, LengthFieldsAreOnlyBelievedWhole) {
    const auto size = [](const std::string& extra) {
        return (**parse_header(as_bytes(header_with(4, extra)))).member_size;
    };
    EXPECT_EQ(size(std::string("BC\x02\x00\x1B\x00", 6)), 28u);
    EXPECT_EQ(size(std::string("BC\x03\x00\x1B\x00\x00", 7)), 0u);
    EXPECT_EQ(size(std::string("HL\x04\x00\x01\x02\x03", 7)), 0u);
    EXPECT_EQ(size(std::string("HL\xFF\xFF\x01\x02\x03\x04", 8)), 0u);
    EXPECT_EQ(size("BC"), 0u);
    EXPECT_EQ(size(""), 0u);
}

TEST(GzipMember, WritesWhatItReads) {
    for (const LengthField length : {LengthField::none, LengthField::ours, LengthField::bgzf}) {
        for (const char* name : {"", "a.txt"}) {
            const HeaderFields fields{.mtime = 77, .name = name, .length = length};
            std::string bytes(header_size(fields), '\xEE');
            write_header(fields, 4321, reinterpret_cast<std::uint8_t*>(bytes.data()));
            const auto header = parse_header(as_bytes(bytes));
            ASSERT_TRUE(header && *header);
            EXPECT_EQ((*header)->size, bytes.size());
            EXPECT_EQ((*header)->mtime, 77u);
            EXPECT_EQ((*header)->name, name);
            EXPECT_EQ((*header)->member_size, length == LengthField::none ? 0u : 4321u);
        }
    }
}

}  // namespace
}  // namespace holt::gzip
