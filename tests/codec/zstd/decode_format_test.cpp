// Proves: frames that the format allows but libzstd's encoder never makes are decoded, too; among
// them those that versions of libzstd are known to have refused.
#include <gtest/gtest.h>

#include "codec/zstd/decode_support.h"

namespace holt::zstd::test {
namespace {

std::string decoded_text(std::string_view hex) {
    const auto decoded = decode(from_hex(hex), 300'000);
    if (!decoded)
        return std::string("error: ") + std::string(describe(decoded.error().code)) + " at " +
               std::to_string(decoded.error().input_offset);
    return std::string(as_text(*decoded));
}

TEST(DecodeFormat, CompressedBlockOfNothing) {
    EXPECT_EQ(decoded_text("28b5 2ffd 2000 1500 0000 00"),
              "error: a block header is malformed at 6")
        << "a block of 2 bytes is over the maximum of a frame of none";
    EXPECT_EQ(decoded_text("28b5 2ffd 0000 1500 0000 00"), "");
}

TEST(DecodeFormat, FirstBlockIsRle) {
    EXPECT_EQ(decoded_text("28b5 2ffd a001 0002 0002 0010 000b 0000 00"),
              std::string(131073, '\0'));
}

TEST(DecodeFormat, TinyFseTable) {
    const Bytes frame = from_hex(
        "28b5 2ffd 2027 c500 0080 f3f1 f0ec ebc6 c5c7 f09d 4300 0000 e0e0 0658 0100 603e 52");
    const auto theirs = reference_decode(frame, 1000);
    ASSERT_TRUE(theirs);
    const auto ours = decode(frame, 1000);
    ASSERT_TRUE(ours);
    EXPECT_EQ(*ours, *theirs);
}

TEST(DecodeFormat, NoSequencesInTwoBytes) {
    // Raw literals "ab", then Number_of_Sequences 0 as 0x80 0x00.
    EXPECT_EQ(decoded_text("28b52ffd 00 00 2d0000 10 6162 8000"), "ab");
}

TEST(DecodeFormat, UnusedBitIsIgnored) {
    EXPECT_EQ(decoded_text("28b52ffd 10 00 110000 6162"), "ab");
}

TEST(DecodeFormat, BlocksOfNothingBetweenOthers) {
    EXPECT_EQ(decoded_text("28b52ffd 00 00 000000 100000 6162 020000 7a 1a0000 63 010000"),
              "abccc");
}

TEST(DecodeFormat, LiteralsInTheLongestForm) {
    // Raw literals of 2 bytes with sizes of 5, 12 and 20 bits; RLE literals of 3 bytes.
    EXPECT_EQ(decoded_text("28b52ffd 00 00 250000 10 6162 00"), "ab");
    EXPECT_EQ(decoded_text("28b52ffd 00 00 2d0000 2400 6162 00"), "ab");
    EXPECT_EQ(decoded_text("28b52ffd 00 00 350000 2c0000 6162 00"), "ab");
    EXPECT_EQ(decoded_text("28b52ffd 00 00 1d0000 19 61 00"), "aaa");
}

TEST(DecodeFormat, InputOfNothingIsContentOfNothing) {
    const auto decoded = decode({}, 0);
    ASSERT_TRUE(decoded);
    EXPECT_TRUE(decoded->empty());
    DecompressStream stream;
    EXPECT_TRUE(stream.at_frame_boundary());
}

TEST(DecodeFormat, HeaderTellsItsFields) {
    const auto info = read_frame_info(from_hex("28b52ffd 66 0700 0001 00000000"));
    ASSERT_TRUE(info);
    EXPECT_EQ(info->dictionary_id, 7u);
    EXPECT_EQ(info->content_size, 256u + 256u);
    EXPECT_EQ(info->window_size, 512u);
    EXPECT_TRUE(info->has_checksum);
    EXPECT_EQ(info->header_size, 9u);
    const auto window = read_frame_info(from_hex("28b52ffd 00 5a 000000"));
    ASSERT_TRUE(window);
    EXPECT_EQ(window->window_size, (2u << 20) + (2u << 20) / 8 * 2);
    EXPECT_FALSE(window->content_size);
    const auto skippable = read_frame_info(from_hex("552a4d18 04000000"));
    ASSERT_TRUE(skippable);
    EXPECT_TRUE(skippable->skippable);
    EXPECT_EQ(skippable->content_size, 4u);
}

}  // namespace
}  // namespace holt::zstd::test
