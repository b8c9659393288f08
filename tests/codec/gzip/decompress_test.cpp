// The decompressor reads what any program wrote, at any split of the input, on any processor,
// and finds fault with what is damaged or cut off anywhere.
#include "codec/gzip/decompress.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <functional>

#include "base/endian.h"
#include "codec/cpu.h"
#include "codec/gzip/gzip_support.h"

namespace holt::gzip {
namespace {

using test::noise;
using test::packed;
using test::sample;
using test::unpacked;
using test::zlib_content;
using test::zlib_member;

/// Calls `check` with the portable loop and with this processor's.
void with_each_loop(const std::function<void()>& check) {
    for (const auto level : {codec::CpuLevel::portable, codec::detected_cpu_level()}) {
        SCOPED_TRACE(codec::name(level));
        codec::force_cpu_level(level);
        check();
    }
    codec::force_cpu_level(std::nullopt);
}

constexpr std::size_t kMiB = std::size_t{1} << 20;

TEST(GzipDecompress, MembersOfZlibAtEverySplit) {
    const std::string content = sample(3000);
    const std::string bytes = zlib_member(content) + zlib_member("") + zlib_member("end", 0);
    with_each_loop([&] {
        for (std::size_t piece = 1; piece < 40; ++piece) {
            const auto got = unpacked(bytes, {}, piece);
            ASSERT_TRUE(got.report) << piece;
            ASSERT_EQ(got.content, content + "end") << piece;
            EXPECT_EQ(got.report->members, 3u);
            EXPECT_EQ(got.report->input_bytes, bytes.size());
            EXPECT_EQ(got.report->trailing, Trailing::none);
        }
    });
}

TEST(GzipDecompress, LargeMembersOfEveryLevel) {
    const std::string content = sample(3 * kMiB) + noise(kMiB) + std::string(5 * kMiB, 'x');
    for (const int level : {0, 1, 6, 9}) {
        const std::string bytes = zlib_member(content, level);
        with_each_loop([&] {
            for (const std::size_t piece : {std::size_t{70'001}, std::size_t{300}, bytes.size()}) {
                const auto got = unpacked(bytes, {}, piece);
                EXPECT_TRUE(got.report && got.content == content) << level << ' ' << piece;
            }
        });
    }
}

TEST(GzipDecompress, OurMembersOnAnyNumberOfThreads) {
    const std::string content = sample(9 * kMiB);
    for (const Layout layout : {Layout::single, Layout::blocks, Layout::bgzf}) {
        const std::string bytes = packed(content, {.level = 1, .layout = layout});
        for (const unsigned threads : {1u, 2u, 5u}) {
            const auto got = unpacked(bytes, {.threads = threads}, 100'003);
            ASSERT_TRUE(got.report);
            EXPECT_TRUE(got.content == content);
            EXPECT_EQ(got.report->input_bytes, bytes.size());
            EXPECT_GE(got.report->members, layout == Layout::single ? 1u : 9u);
        }
    }
}

TEST(GzipDecompress, KindsOfMembersMayBeMixed) {
    const std::string a = sample(3 * kMiB), b = sample(200'000, 2), c = sample(70'000, 3);
    const std::string bytes = packed(a) + packed(b) + zlib_member(b) +
                              packed(c, {.layout = Layout::bgzf}) + zlib_member(c) +
                              packed(a, {.layout = Layout::blocks});
    const auto got = unpacked(bytes);
    ASSERT_TRUE(got.report);
    EXPECT_TRUE(got.content == a + b + b + c + c + a);
}

TEST(GzipDecompress, TruncationAtEveryByteIsFound) {
    const std::string content = sample(700);
    const std::string plain = zlib_member(content);
    const std::string known = packed(content, {.layout = Layout::blocks, .name = "name"});
    for (const std::string& whole : {plain, known}) {
        for (const std::string& front : {std::string(), plain, known}) {
            for (std::size_t length = 0; length < whole.size(); ++length) {
                if (length == 0 && !front.empty()) continue;  // that is whole
                const auto got = unpacked(front + whole.substr(0, length));
                ASSERT_FALSE(got.report) << length;
                ASSERT_EQ(got.report.error().code, ErrorCode::truncated) << length;
                ASSERT_EQ(got.report.error().input_offset, front.size() + length);
                ASSERT_EQ(got.report.error().member, front.empty() ? 0u : 1u);
                ASSERT_EQ(got.report.error().member_offset, front.size());
                const std::string before = front.empty() ? "" : content;
                ASSERT_EQ(got.report.error().output_bytes, got.content.size());
                ASSERT_TRUE((before + content).starts_with(got.content));
                ASSERT_GE(got.content.size(), before.size());
            }
        }
    }
}

// Every bit of a member matters but those of fields that say nothing about the content.
TEST(GzipDecompress, EveryFlippedBitIsFoundOrHarmless) {
    const std::string content = sample(500);
    for (const std::string& whole :
         {zlib_member(content), packed(content, {.layout = Layout::blocks}),
          packed(content, {.layout = Layout::bgzf})}) {
        for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
            std::string bytes = whole;
            bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
            const auto got = unpacked(bytes);
            const auto reference = zlib_content(bytes);
            ASSERT_EQ(got.report.has_value(), reference.has_value()) << bit;
            if (got.report) {
                ASSERT_EQ(got.content, *reference) << bit;
            }
        }
    }
}

TEST(GzipDecompress, ADamagedMemberInTheMiddleIsNamed) {
    const std::string content = sample(6 * kMiB);
    std::string bytes = packed(content, {.layout = Layout::blocks});
    const auto first = parse_header(as_bytes(bytes));
    const std::uint64_t second = (*first)->member_size;
    const auto header = parse_header(as_bytes(bytes).subspan(second));
    const std::uint64_t third = second + (*header)->member_size;
    bytes[third - 30] = static_cast<char>(bytes[third - 30] ^ 0x10);
    for (const unsigned threads : {1u, 3u}) {
        const auto got = unpacked(bytes, {.threads = threads});
        ASSERT_FALSE(got.report);
        const Error& error = got.report.error();
        EXPECT_TRUE(error.code == ErrorCode::bad_data || error.code == ErrorCode::wrong_crc ||
                    error.code == ErrorCode::wrong_length);
        EXPECT_EQ(error.member, 1u);
        EXPECT_EQ(error.member_offset, second);
        EXPECT_GE(error.output_bytes, kMiB);
        EXPECT_EQ(error.output_bytes, got.content.size());
        EXPECT_TRUE(content.starts_with(got.content.substr(0, kMiB)));
    }
}

// A length field that lies is no fault of the content: gzip would not look at it either.
TEST(GzipDecompress, WrongLengthFieldsAreSeenThrough) {
    const std::string content = sample(5 * kMiB);
    const std::string whole = packed(content, {.layout = Layout::blocks});
    const auto first = parse_header(as_bytes(whole));
    const std::size_t second = static_cast<std::size_t>((*first)->member_size);
    for (const std::size_t member : {std::size_t{0}, second}) {
        for (const std::uint32_t lie : {0u, 1u, 19u, 30u, 1000u, 0xFFFFFFFFu, 1u << 22}) {
            std::string bytes = whole;
            store_le(bytes.data() + member + 16, lie);
            for (const unsigned threads : {1u, 2u}) {
                const auto got = unpacked(bytes, {.threads = threads});
                ASSERT_TRUE(got.report) << lie;
                ASSERT_TRUE(got.content == content) << lie;
                ASSERT_EQ(got.report->members, 5u);
            }
        }
    }
}

TEST(GzipDecompress, WhatStandsBehindIsTreatedAsGzipDoes) {
    const std::string whole = zlib_member("content");
    const auto trailing = [&](const std::string& behind) { return unpacked(whole + behind); };
    EXPECT_EQ(trailing("").report->trailing, Trailing::none);
    EXPECT_EQ(trailing(std::string(1, '\0')).report->trailing, Trailing::zeros);
    EXPECT_EQ(trailing(std::string(2 * kMiB, '\0')).report->trailing, Trailing::zeros);
    EXPECT_EQ(trailing("garbage").report->trailing, Trailing::garbage);
    EXPECT_EQ(trailing(std::string(700'000, '\0') + "g").report->trailing, Trailing::garbage);
    EXPECT_EQ(trailing("garbage").report->input_bytes, whole.size());
    EXPECT_EQ(trailing("g").report.error().code, ErrorCode::truncated);
    EXPECT_EQ(trailing("\x1F\x8B").report.error().code, ErrorCode::truncated);
    EXPECT_EQ(trailing("\x1F\x8B\x07").report.error().code, ErrorCode::bad_method);
}

TEST(GzipDecompress, PassThroughCopiesWhatIsNoMember) {
    const DecodeOptions options{.pass_through = true};
    for (const std::string& plain : {std::string(), std::string("x"), std::string("\x1F"),
                                     std::string("\x1Fx"), sample(kMiB)}) {
        EXPECT_EQ(unpacked(plain, options).content, plain);
        const auto mixed = unpacked(zlib_member("ab") + plain, options);
        EXPECT_EQ(mixed.content, "ab" + plain);
        EXPECT_EQ(mixed.report->copied_bytes, plain.size());
    }
}

TEST(GzipDecompress, TheOutputLimitHolds) {
    const std::string bomb = zlib_member(std::string(20 * kMiB, '\0'), 9);
    const auto streamed = unpacked(bomb, {.output_limit = 1'000'000});
    ASSERT_FALSE(streamed.report);
    EXPECT_EQ(streamed.report.error().code, ErrorCode::output_limit);
    EXPECT_EQ(streamed.content.size(), 1'000'000u);
    EXPECT_EQ(streamed.report.error().output_bytes, 1'000'000u);
    const std::string members = packed(std::string(20 * kMiB, '\0'), {.layout = Layout::blocks});
    const auto known = unpacked(members, {.output_limit = 1'000'000});
    ASSERT_FALSE(known.report);
    EXPECT_EQ(known.report.error().code, ErrorCode::output_limit);
    EXPECT_EQ(known.content.size(), 1'000'000u);
    EXPECT_TRUE(unpacked(bomb, {.output_limit = 20 * kMiB}).report);
}

TEST(GzipDecompress, ASinkThatGivesUpIsHeard) {
    const std::string content = sample(4 * kMiB);
    for (const std::string& bytes : {packed(content), packed(content, {.layout = Layout::blocks}),
                                     zlib_member(sample(kMiB))}) {
        std::size_t calls = 0;
        const auto report = decompress({}, test::reading(bytes), [&](ByteView) {
            ++calls;
            return false;
        });
        ASSERT_FALSE(report);
        EXPECT_EQ(report.error().code, ErrorCode::stopped);
        EXPECT_EQ(calls, 1u);
    }
}

}  // namespace
}  // namespace holt::gzip
