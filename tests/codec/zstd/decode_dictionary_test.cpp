// Proves: frames made with raw and trained dictionaries are decoded, the wrong dictionary is
// refused, and malformed dictionaries are.
#include <gtest/gtest.h>
#include <zdict.h>

#include <random>

#include "base/endian.h"
#include "codec/zstd/decode_support.h"

namespace holt::zstd::test {
namespace {

/// Many small texts that share words.
std::vector<Bytes> samples() {
    const Bytes text = text_like(400'000, 31);
    std::vector<Bytes> parts;
    std::mt19937 random(32);
    for (std::size_t at = 0; at + 2000 < text.size(); at += 100 + random() % 900)
        parts.emplace_back(text.begin() + static_cast<std::ptrdiff_t>(at),
                           text.begin() + static_cast<std::ptrdiff_t>(at + 100 + random() % 1500));
    return parts;
}

Bytes train(const std::vector<Bytes>& parts, std::size_t size) {
    Bytes joined;
    std::vector<std::size_t> sizes;
    for (const Bytes& part : parts) {
        joined.insert(joined.end(), part.begin(), part.end());
        sizes.push_back(part.size());
    }
    Bytes dictionary(size);
    const std::size_t made =
        ZDICT_trainFromBuffer(dictionary.data(), dictionary.size(), joined.data(), sizes.data(),
                              static_cast<unsigned>(sizes.size()));
    EXPECT_FALSE(ZDICT_isError(made)) << ZDICT_getErrorName(made);
    dictionary.resize(made);
    return dictionary;
}

void expect_decodes(ByteView frame, const DecodeDictionary& dictionary, ByteView content) {
    const auto decoded = decode(frame, content.size(), &dictionary);
    ASSERT_TRUE(decoded) << describe(decoded.error().code);
    ASSERT_TRUE(equal(*decoded, content));
    DecompressStream stream({}, &dictionary);
    const auto streamed = decode_stream(
        frame, stream, [] { return 77; }, [] { return 500; });
    ASSERT_TRUE(streamed) << describe(streamed.error().code);
    ASSERT_TRUE(equal(*streamed, content));
}

TEST(DecodeDictionary, TrainedAndRaw) {
    const std::vector<Bytes> parts = samples();
    const Bytes trained = train(parts, 16384);
    const Bytes raw = text_like(5000, 31);
    for (const Bytes& bytes : {trained, raw}) {
        const auto dictionary = DecodeDictionary::load(bytes);
        ASSERT_TRUE(dictionary);
        EXPECT_EQ(dictionary->id() != 0, bytes == trained);
        for (const int level : {-3, 1, 3, 7, 19})
            for (std::size_t i = 0; i < parts.size(); i += 37)
                expect_decodes(reference_frame(parts[i], {.level = level, .dictionary = bytes}),
                               *dictionary, parts[i]);
    }
}

TEST(DecodeDictionary, IsLeftBehindByTheWindow) {
    // More content than the window, with a dictionary that is larger than the window, too.
    const Bytes raw = text_like(60'000, 31);
    const auto dictionary = DecodeDictionary::load(raw);
    ASSERT_TRUE(dictionary);
    const Bytes content = text_like(300'000, 31);
    for (const int window : {10, 12, 15, 17})
        for (const std::size_t flush : {std::size_t{0}, std::size_t{3000}})
            expect_decodes(reference_frame(content, {.content_size = false,
                                                     .window_log = window,
                                                     .dictionary = raw,
                                                     .flush_every = flush}),
                           *dictionary, content);
}

TEST(DecodeDictionary, WrongOneIsRefused) {
    const std::vector<Bytes> parts = samples();
    const Bytes trained = train(parts, 8192);
    const Bytes frame = reference_frame(parts[0], {.dictionary = trained});
    EXPECT_EQ(decode(frame, 5000).error().code, ErrorCode::wrong_dictionary);
    Bytes other = trained;
    store_le<std::uint32_t>(other.data() + 4, 12345);
    const auto dictionary = DecodeDictionary::load(other);
    ASSERT_TRUE(dictionary);
    EXPECT_EQ(decode(frame, 5000, &*dictionary).error().code, ErrorCode::wrong_dictionary);
}

TEST(DecodeDictionary, MutationsAndTruncationsAreRefusedOrHarmless) {
    const std::vector<Bytes> parts = samples();
    const Bytes trained = train(parts, 4096);
    const Bytes frame = reference_frame(parts[0], {.checksum = true, .dictionary = trained});
    std::mt19937 random(33);
    for (int round = 0; round < 5000; ++round) {
        Bytes bytes = trained;
        for (auto times = 1 + random() % 3; times > 0; --times)
            bytes[8 + random() % std::min<std::size_t>(bytes.size() - 8, 300)] =
                static_cast<std::uint8_t>(random());
        if (random() % 4 == 0) bytes.resize(random() % bytes.size());
        const auto dictionary = DecodeDictionary::load(bytes);
        const auto theirs = reference_decode(frame, 5000, bytes);
        if (!dictionary) {
            EXPECT_EQ(dictionary.error().code, ErrorCode::bad_dictionary);
            continue;
        }
        const auto ours = decode(frame, 5000, &*dictionary);
        if (!ours) continue;
        ASSERT_EQ(*ours, parts[0]);
        ASSERT_TRUE(theirs);
    }
}

}  // namespace
}  // namespace holt::zstd::test
