// Proves: frames made with raw and trained dictionaries are decoded, the wrong dictionary is
// refused, and malformed dictionaries are.
#include <gtest/gtest.h>
#include <zdict.h>

#include <array>
#include <random>

#include "base/endian.h"
#include "codec/zstd/decode/huffman_decode.h"
#include "codec/zstd/decode_support.h"
#include "codec/zstd/encode/compress.h"

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

/// A trained dictionary with codes of 12 bits, one more than the format has: 32 symbols of 12 bits,
/// 62 of 8, 32 of 7, and the implied last one of 1.
Bytes with_deep_codes(const Bytes& trained) {
    const auto weight_of = [](int symbol) {
        return symbol < 32 ? 1 : symbol >= 96 ? 6 : symbol == 64 || symbol == 65 ? 0 : 5;
    };
    Bytes bytes(trained.begin(), trained.begin() + 8);
    bytes.push_back(127 + 128);  // 128 weights of 4 bits
    for (int symbol = 0; symbol < 128; symbol += 2)
        bytes.push_back(static_cast<std::uint8_t>(weight_of(symbol) << 4 | weight_of(symbol + 1)));
    EXPECT_LT(trained[8], 128);  // its own description states its length
    bytes.insert(bytes.end(), trained.begin() + 9 + trained[8], trained.end());
    return bytes;
}

/// A stream of codes as an encoder writes it: the last symbol first, and a 1 at the end.
Bytes stream_of(const DeepHuffmanTable& table, ByteView symbols) {
    std::array<int, 256> cell_of{};
    for (int cell = 0; cell < 1 << table.depth; ++cell)
        cell_of[static_cast<std::size_t>(table.single[static_cast<std::size_t>(cell)] >> 8)] = cell;
    std::vector<bool> bits;
    for (std::size_t i = symbols.size(); i-- > 0;) {
        const int cell = cell_of[symbols[i]];
        const unsigned length = table.single[static_cast<std::size_t>(cell)] & 0xFF;
        for (unsigned bit = 0; bit < length; ++bit)
            bits.push_back(((cell >> (table.depth - length)) >> bit & 1) != 0);
    }
    bits.push_back(true);
    Bytes stream((bits.size() + 7) / 8);
    for (std::size_t i = 0; i < bits.size(); ++i)
        stream[i / 8] = static_cast<std::uint8_t>(stream[i / 8] | bits[i] << i % 8);
    return stream;
}

// libzstd takes such dictionaries, and writes frames with their codes.
TEST(DecodeDictionary, CodesOfTwelveBits) {
    const std::vector<Bytes> parts = samples();
    const Bytes deep = with_deep_codes(train(parts, 4096));
    HuffmanTable table;
    DeepHuffmanTable deep_table;
    std::size_t consumed = 0;
    EXPECT_EQ(read_huffman_table(ByteView(deep).subspan(8), table, consumed),
              ErrorCode::bad_huffman)
        << "in a frame it is against the format";
    ASSERT_EQ(read_deep_huffman_table(ByteView(deep).subspan(8), deep_table, consumed),
              ErrorCode::ok);
    EXPECT_EQ(deep_table.depth, 12u);
    EXPECT_EQ(consumed, 65u);
    Bytes symbols;
    for (int i = 0; i < 2000; ++i) symbols.push_back(static_cast<std::uint8_t>(i * 7 % 64));
    symbols.insert(symbols.end(), {127, 128, 128, 0, 128});
    // Eight bytes in front of a stream are read, too.
    Bytes stream(8);
    const Bytes codes = stream_of(deep_table, symbols);
    stream.insert(stream.end(), codes.begin(), codes.end());
    const ByteView view = ByteView(stream).subspan(8);
    Bytes out(symbols.size());
    ASSERT_EQ(decode_deep_huffman(deep_table, view, out), ErrorCode::ok);
    EXPECT_EQ(out, symbols);
    // More or fewer symbols than the stream has.
    out.push_back(0);
    EXPECT_EQ(decode_deep_huffman(deep_table, view, out), ErrorCode::bad_huffman);
    out.resize(symbols.size() - 1);
    EXPECT_EQ(decode_deep_huffman(deep_table, view, out), ErrorCode::bad_huffman);

    // What we write with the dictionary does without its codes.
    const auto dictionary = DecodeDictionary::load(deep);
    const auto encoding = EncodeDictionary::load(deep);
    ASSERT_TRUE(dictionary && encoding);
    Compressor compressor({.level = 3});
    Bytes made(compress_bound(parts[0].size()));
    const auto size = compressor.compress(parts[0], made, *encoding);
    ASSERT_TRUE(size);
    made.resize(*size);
    EXPECT_EQ(reference_decode(made, 5000, deep), parts[0]);
    expect_decodes(made, *dictionary, parts[0]);
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
