// Proves: every kind of frame that libzstd makes is decoded to the same bytes, by one call and as a
// stream: all levels, sizes, window sizes, checksums, flushes, skippable and concatenated frames.
#include <gtest/gtest.h>

#include <random>

#include "codec/zstd/decode_support.h"

namespace holt::zstd::test {
namespace {

void expect_decodes(ByteView frame, ByteView content, const std::string& what) {
    const auto whole = decode(frame, content.size());
    ASSERT_TRUE(whole) << what << ": " << describe(whole.error().code) << " at "
                       << whole.error().input_offset;
    ASSERT_TRUE(equal(*whole, content)) << what;
    const auto size = find_frame_size(frame);
    ASSERT_TRUE(size) << what;
    ASSERT_EQ(*size, frame.size()) << what;

    DecompressStream stream(DecodeOptions{.window_limit = std::uint64_t{1} << 31});
    std::mt19937 random(static_cast<unsigned>(frame.size()));
    const std::size_t most_in = 1 + frame.size() / 7, most_out = 1 + content.size() / 7;
    const auto streamed = decode_stream(
        frame, stream, [&] { return random() % (most_in + 1); },
        [&] { return 1 + random() % most_out; });
    ASSERT_TRUE(streamed) << what << " streamed: " << describe(streamed.error().code) << " at "
                          << streamed.error().input_offset;
    ASSERT_TRUE(equal(*streamed, content)) << what << " streamed";
}

TEST(DecodeFrames, OfEveryLevel) {
    for (const Content& content : contents(300'000)) {
        for (int level = -5; level <= 22; ++level) {
            if (level == 0) continue;
            const Bytes frame = reference_frame(content.bytes, {.level = level});
            expect_decodes(frame, content.bytes, content.name + " " + std::to_string(level));
        }
    }
}

// Of some frames, no more than is wanted: what comes is right, and what lies behind, were it
// missing or damaged, is not looked at.
TEST(DecodeFrames, TheirFront) {
    for (const Content& content : contents(600'000)) {
        const Bytes one = reference_frame(content.bytes, {.level = 3, .checksum = true});
        Bytes two = one;
        two.insert(two.end(), one.begin(), one.end());
        const std::size_t size = content.bytes.size();
        Decompressor decompressor;
        Bytes out(2 * size);
        for (const std::size_t wanted :
             {std::size_t{0}, std::size_t{1}, size / 3, size, size + 1, 2 * size, 2 * size + 1}) {
            const auto got = decompressor.decompress_front(two, out, wanted);
            ASSERT_TRUE(got) << content.name << " " << wanted;
            EXPECT_GE(*got, std::min(wanted, 2 * size));
            EXPECT_LE(*got, std::min(wanted + (128u << 10), 2 * size));
            for (std::size_t at = 0; at < *got; at += size)
                EXPECT_TRUE(equal(ByteView(out).subspan(at, std::min(size, *got - at)),
                                  ByteView(content.bytes).first(std::min(size, *got - at))));
        }
        const ByteView cut = ByteView(one).first(one.size() - 5);
        EXPECT_TRUE(decompressor.decompress_front(cut, out, 1));
        EXPECT_FALSE(decompressor.decompress_front(cut, out, size + 1));
    }
}

TEST(DecodeFrames, OfEverySmallSize) {
    for (const Content& content : contents(1200)) {
        for (std::size_t size = 0; size <= content.bytes.size(); size += size < 80 ? 1 : 37) {
            const ByteView part = ByteView(content.bytes).first(size);
            for (const int level : {1, 3, 19})
                for (const bool stated : {false, true})
                    expect_decodes(
                        reference_frame(part,
                                        {.level = level, .checksum = true, .content_size = stated}),
                        part, content.name + " " + std::to_string(size));
        }
    }
}

TEST(DecodeFrames, OfEveryWindowAndBlockSize) {
    for (const Content& content : contents(400'000)) {
        for (int window = 10; window <= 20; ++window)
            expect_decodes(
                reference_frame(content.bytes,
                                {.level = 5, .content_size = false, .window_log = window}),
                content.bytes, content.name + " window " + std::to_string(window));
        for (const int block : {1340, 4000})
            expect_decodes(reference_frame(content.bytes, {.target_block = block}), content.bytes,
                           content.name + " blocks of " + std::to_string(block));
        for (const std::size_t flush : {std::size_t{100}, std::size_t{5000}, std::size_t{70'000}})
            expect_decodes(reference_frame(content.bytes, {.checksum = true, .flush_every = flush}),
                           content.bytes, content.name + " flush " + std::to_string(flush));
    }
}

TEST(DecodeFrames, WithLongDistances) {
    // Noise that comes again after more than any block or level's window.
    const Bytes noise = random_bytes(300'000, 11);
    Bytes content = noise;
    const Bytes filler = text_like(9'000'000, 12);
    content.insert(content.end(), filler.begin(), filler.end());
    content.insert(content.end(), noise.begin(), noise.end());
    for (const int level : {1, 6})
        expect_decodes(
            reference_frame(content, {.level = level, .window_log = 27, .long_distance = true}),
            content, "long " + std::to_string(level));
}

TEST(DecodeFrames, ConcatenatedAndSkippable) {
    const Bytes a = text_like(5000, 1), b = random_bytes(100, 2);
    Bytes frames = from_hex("502a4d18 03000000 aabbcc");
    Bytes content;
    for (const Bytes& part : {a, b, Bytes{}, a}) {
        const Bytes frame = reference_frame(part, {.checksum = true});
        frames.insert(frames.end(), frame.begin(), frame.end());
        const Bytes skippable = from_hex("5f2a4d18 00000000");
        frames.insert(frames.end(), skippable.begin(), skippable.end());
        content.insert(content.end(), part.begin(), part.end());
    }
    const auto decoded = decode(frames, content.size());
    ASSERT_TRUE(decoded);
    EXPECT_EQ(*decoded, content);
    for (const std::size_t piece : {1, 2, 3, 9, 1000, 100000}) {
        DecompressStream stream;
        const auto streamed = decode_stream(
            frames, stream, [&] { return piece; }, [&] { return piece; });
        ASSERT_TRUE(streamed) << piece;
        EXPECT_EQ(*streamed, content);
    }
}

// HOLT_LONG_TESTS=1 takes every file instead of 150, HOLT_TEST_FILES another folder.
TEST(DecodeFrames, OfRealFiles) {
    const bool all = std::getenv("HOLT_LONG_TESTS") != nullptr;
    std::mt19937 random(1);
    const std::size_t files = for_real_files(all ? 10'000'000 : 150, [&](const Content& file) {
        // One level for each file; small ones get the slow levels, too.
        const int most = file.bytes.size() > 2'000'000 ? (all ? 9 : 3) : 22;
        const int level = static_cast<int>(random() % (most + 6)) - 5;
        const FrameOptions options = {.level = level == 0 ? 3 : level,
                                      .checksum = random() % 2 == 0,
                                      .content_size = random() % 2 == 0,
                                      .window_log = random() % 4 == 0 ? 27 : 0,
                                      .long_distance = random() % 4 == 0};
        expect_decodes(reference_frame(file.bytes, options), file.bytes,
                       file.name + " level " + std::to_string(level));
    });
    RecordProperty("files", static_cast<int>(files));
    if (files == 0) GTEST_SKIP() << "no corpus and no Python installation here";
}

}  // namespace
}  // namespace holt::zstd::test
