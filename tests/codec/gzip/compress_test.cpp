// What the compressor writes: every reader gets the content back, the bytes depend on the content
// and the options alone, and the headers say what FORMAT.md says.
#include "codec/gzip/compress.h"

#include <gtest/gtest.h>

#include "base/endian.h"
#include "codec/gzip/gzip_support.h"
#include "codec/gzip/levels.h"
#include "codec/gzip/member.h"

namespace holt::gzip {
namespace {

using test::first_member_of_zlib;
using test::noise;
using test::packed;
using test::sample;
using test::unpacked;
using test::zlib_content;

constexpr std::size_t kMiB = std::size_t{1} << 20;

/// The headers of all members, found by their stated sizes.
std::vector<Header> members(const std::string& bytes) {
    std::vector<Header> out;
    ByteView rest = as_bytes(bytes);
    while (!rest.empty()) {
        const auto header = parse_header(rest);
        if (!header || !*header) break;
        out.push_back(**header);
        if (out.back().member_size == 0 || out.back().member_size > rest.size()) break;
        rest = rest.subspan(out.back().member_size);
    }
    EXPECT_TRUE(rest.empty() || out.back().member_size == 0);
    return out;
}

TEST(GzipCompress, ZlibAndWeReadEveryLevelAndSize) {
    for (int level = kMinLevel; level <= kMaxLevel; ++level) {
        for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{1000}, kMiB,
                                       level % 3 != 0 || level > 9 ? kMiB + 1 : 4 * kMiB + 17}) {
            const std::string content = sample(size);
            const std::string bytes = packed(content, {.level = level});
            const auto by_zlib = zlib_content(bytes);
            ASSERT_TRUE(by_zlib && *by_zlib == content) << level << ' ' << size;
            const auto by_us = unpacked(bytes);
            ASSERT_TRUE(by_us.report && by_us.content == content) << level << ' ' << size;
        }
    }
}

TEST(GzipCompress, NoiseIsStoredAndGrowsByLittle) {
    const std::string content = noise(3 * kMiB + 5);
    for (const int level : {1, 2, 6, 9}) {
        const std::string bytes = packed(content, {.level = level});
        EXPECT_LT(bytes.size(), content.size() + content.size() / 5000) << level;
        EXPECT_TRUE(zlib_content(bytes) == content) << level;
    }
}

TEST(GzipCompress, BytesDoNotDependOnThreadsOrArrival) {
    const std::string content = sample(4 * kMiB) + noise(kMiB) + sample(3 * kMiB, 9);
    for (const int level : {1, 6, 9}) {
        for (const Layout layout : {Layout::single, Layout::blocks, Layout::bgzf}) {
            EncodeOptions options{.level = level, .layout = layout, .threads = 1};
            const std::string one = packed(content, options);
            for (const unsigned threads : {2u, 4u, 0u}) {
                options.threads = threads;
                EXPECT_TRUE(packed(content, options, 77'777) == one) << level << ' ' << threads;
            }
        }
    }
}

// Some readers stop behind the first member (Perl's IO::Uncompress, curl, wget): there is one only,
// however large the content. It ends by the last block of the last part, with nothing behind it.
TEST(GzipCompress, ContentOfAnySizeIsOneMember) {
    for (int level = kMinLevel; level <= kMaxLevel; ++level) {
        const std::size_t block = plan_of(level).block_size;
        std::vector<std::size_t> sizes{block + 1};
        if (level <= 6) sizes.insert(sizes.end(), {0, block - 1, block, 2 * block});
        for (const std::size_t size : sizes) {
            const std::string content = sample(size);
            const std::string bytes = packed(content, {.level = level}, 70'001);
            ASSERT_TRUE(first_member_of_zlib(bytes) == content) << level << ' ' << size;
            EXPECT_EQ(bytes.substr(2, 2), std::string("\x08\0", 2));
            std::size_t joints = 0, at = 0;
            const std::string joint("\0\0\xff\xff", 4);
            while ((at = bytes.find(joint, at)) != std::string::npos) ++joints, at += 4;
            if (size > 0) {
                EXPECT_EQ(joints, (size - 1) / block) << level << ' ' << size;
            }
        }
    }
}

// The last block of a part may be of each kind; its header is found and changed in place.
TEST(GzipCompress, PartsThatEndInEveryKindOfBlockAreJoined) {
    for (const int level : {1, 2, 4, 7}) {
        const std::size_t block = plan_of(level).block_size;
        for (const std::size_t tail :
             {std::size_t{1}, std::size_t{300}, std::size_t{60'000}, block}) {
            for (const std::string& end : {noise(tail), sample(tail), std::string(tail, 'z')}) {
                const std::string part = sample(block - tail) + end;
                const std::string content = part + end;
                const std::string bytes = packed(content, {.level = level});
                ASSERT_TRUE(first_member_of_zlib(bytes) == content) << level << ' ' << tail;
                ASSERT_TRUE(unpacked(bytes).content == content) << level << ' ' << tail;
            }
        }
    }
}

TEST(GzipCompress, OnlyMembersOfBlocksStateTheirLength) {
    const std::string large = packed(sample(3 * kMiB + 1), {.layout = Layout::blocks});
    ASSERT_EQ(members(large).size(), 4u);
    EXPECT_GT(members(large)[3].member_size, 0u);

    const std::string forced = packed(sample(10), {.layout = Layout::blocks});
    ASSERT_EQ(members(forced).size(), 1u);
    EXPECT_EQ(members(forced)[0].member_size, forced.size());
}

TEST(GzipCompress, HeaderHasNameAndTimeOnceAndNothingElseVaries) {
    const EncodeOptions options{
        .layout = Layout::blocks, .name = std::string("a b\0c", 5), .mtime = 1'234'567'890};
    const std::string bytes = packed(sample(2 * kMiB), options);
    const auto headers = members(bytes);
    ASSERT_EQ(headers.size(), 2u);
    EXPECT_EQ(headers[0].name, "a b");
    EXPECT_EQ(headers[0].mtime, 1'234'567'890u);
    EXPECT_EQ(headers[1].name, "");
    EXPECT_EQ(headers[1].mtime, 0u);
    EXPECT_EQ(bytes.substr(0, 4), std::string("\x1F\x8B\x08\x0C", 4));
    EXPECT_EQ(bytes.substr(10, 6), std::string("\x08\x00HL\x04\x00", 6));
    EXPECT_EQ(packed("", {}).substr(0, 10), std::string("\x1F\x8B\x08\0\0\0\0\0\0\x03", 10));
    const auto single = parse_header(as_bytes(packed(sample(2 * kMiB), {.name = "n", .mtime = 9})));
    EXPECT_EQ((*single)->name, "n");
    EXPECT_EQ((*single)->mtime, 9u);
    EXPECT_EQ((*single)->size, kFixedHeader + 2);
}

TEST(GzipCompress, BgzfHasSmallMembersAndItsEndMarker) {
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{1}, std::size_t{0xFF00}, std::size_t{0xFF01}, 2 * kMiB}) {
        for (const std::string& content : {sample(size), noise(size)}) {
            const std::string bytes =
                packed(content, {.layout = Layout::bgzf, .name = "n", .mtime = 5});
            const auto headers = members(bytes);
            EXPECT_EQ(headers.size(), (size + 0xFEFF) / 0xFF00 + 1);
            for (const Header& header : headers) {
                EXPECT_EQ(header.size, 18u);
                EXPECT_LE(header.member_size, 65536u);
                EXPECT_EQ(header.name, "");
                EXPECT_EQ(header.mtime, 0u);
            }
            EXPECT_TRUE(equal(as_bytes(bytes).last(bgzf_end().size()), bgzf_end()));
            EXPECT_TRUE(zlib_content(bytes) == content);
            EXPECT_TRUE(unpacked(bytes).content == content);
        }
    }
}

TEST(GzipCompress, HigherLevelsAreNotLarger) {
    const std::string content = sample(6 * kMiB);
    std::size_t before = content.size();
    for (const int level : {1, 3, 6, 8, 9, 11}) {
        const std::size_t size = packed(content, {.level = level}).size();
        EXPECT_LE(size, before + before / 100) << level;
        before = size;
    }
}

TEST(GzipCompress, ACallerWhoGivesUpIsHeard) {
    const std::string content = sample(8 * kMiB);
    const auto sink_full =
        compress({.level = 1}, test::reading(content), [](ByteView) { return false; });
    ASSERT_FALSE(sink_full);
    EXPECT_EQ(sink_full.error().code, ErrorCode::stopped);
    const auto broken = compress(
        {.level = 1}, [](MutableByteView) { return std::nullopt; }, [](ByteView) { return true; });
    ASSERT_FALSE(broken);
    EXPECT_EQ(broken.error().code, ErrorCode::stopped);
    EXPECT_EQ(
        compress({.level = 13}, test::reading(content), [](ByteView) { return true; }).error().code,
        ErrorCode::bad_parameter);
}

}  // namespace
}  // namespace holt::gzip
