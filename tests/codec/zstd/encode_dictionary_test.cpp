// Proves: frames made with a dictionary, trained by us or raw, are read back by libzstd and by our
// decoder; a digested dictionary gives the same frames whatever came before; training pays.
#include <gtest/gtest.h>
#include <zstd.h>

#include "codec/zstd/decode/decompress.h"
#include "codec/zstd/encode/compress.h"
#include "codec/zstd/train/train.h"
#include "encode_inputs.h"

namespace holt::zstd {
namespace {

using test::Kind;
using test::make_input;

/// Small records that share most of their text, as JSON or headers do.
std::vector<Bytes> make_samples(std::size_t count) {
    const Bytes text = make_input(Kind::source, 30000, 77);
    test::Random random(5);
    std::vector<Bytes> samples;
    for (std::size_t i = 0; i < count; ++i) {
        Bytes sample;
        for (int part = 0; part < 8; ++part) {
            const std::size_t from = random.below(300) * 90;
            const std::size_t size = 20 + random.below(70);
            sample.insert(sample.end(), text.begin() + static_cast<std::ptrdiff_t>(from),
                          text.begin() + static_cast<std::ptrdiff_t>(from + size));
            for (int j = 0; j < 6; ++j) sample.push_back(static_cast<std::uint8_t>(random.next()));
        }
        samples.push_back(std::move(sample));
    }
    return samples;
}

Bytes train(const std::vector<Bytes>& samples, std::size_t capacity) {
    const std::vector<ByteView> views(samples.begin(), samples.end());
    auto dictionary = train_dictionary(views, {.capacity = capacity});
    EXPECT_TRUE(dictionary.has_value());
    return dictionary.value_or(Bytes{});
}

Bytes compress(Compressor& compressor, ByteView input, const EncodeDictionary& dictionary) {
    Bytes out(compress_bound(input.size()));
    const auto size = compressor.compress(input, out, dictionary);
    EXPECT_TRUE(size.has_value());
    out.resize(size.value_or(0));
    return out;
}

void expect_readable(ByteView frame, ByteView input, ByteView dictionary) {
    Bytes out(input.size() + 1);
    ZSTD_DCtx* const context = ZSTD_createDCtx();
    const std::size_t made =
        ZSTD_decompress_usingDict(context, out.data(), out.size(), frame.data(), frame.size(),
                                  dictionary.data(), dictionary.size());
    ZSTD_freeDCtx(context);
    ASSERT_FALSE(ZSTD_isError(made)) << ZSTD_getErrorName(made);
    ASSERT_TRUE(equal(ByteView(out).first(made), input));

    const auto loaded = DecodeDictionary::load(dictionary);
    ASSERT_TRUE(loaded.has_value());
    std::fill(out.begin(), out.end(), std::uint8_t{0});
    Decompressor decompressor;
    const auto ours = decompressor.decompress(frame, out, &*loaded);
    ASSERT_TRUE(ours.has_value());
    ASSERT_TRUE(equal(ByteView(out).first(*ours), input));
}

TEST(ZstdEncodeDictionary, EveryLevelIsReadByLibzstdAndByUs) {
    const std::vector<Bytes> samples = make_samples(400);
    const Bytes bytes = train(samples, 16384);
    const auto trained = EncodeDictionary::load(bytes);
    ASSERT_TRUE(trained.has_value());
    EXPECT_GE(trained->id(), 32768u);
    EXPECT_EQ(ZSTD_getDictID_fromDict(bytes.data(), bytes.size()), trained->id());
    const auto raw = EncodeDictionary::load(samples[0]);
    ASSERT_TRUE(raw.has_value());
    EXPECT_EQ(raw->id(), 0u);
    for (int level = kMinLevel; level <= kMaxLevel; ++level) {
        Compressor compressor({.level = level, .checksum = level % 2 == 0});
        for (const std::size_t i : {1u, 2u, 399u}) {
            expect_readable(compress(compressor, samples[i], *trained), samples[i], bytes);
        }
        for (const std::size_t size : {0u, 1u, 40000u, 140000u}) {
            const Bytes input = make_input(Kind::source, level > 12 ? size / 4 : size, 77);
            expect_readable(compress(compressor, input, *trained), input, bytes);
            expect_readable(compress(compressor, input, *raw), input, samples[0]);
        }
    }
}

TEST(ZstdEncodeDictionary, WhatCameBeforeDoesNotChangeTheFrame) {
    const std::vector<Bytes> samples = make_samples(60);
    const Bytes bytes = train(samples, 8192);
    const auto dictionary = EncodeDictionary::load(bytes);
    ASSERT_TRUE(dictionary.has_value());
    for (const int level : {-2, 1, 3, 5, 7, 13, 16}) {
        Compressor used({.level = level});
        Bytes plain(5000);
        for (std::size_t i = 0; i < samples.size(); ++i) {
            const std::size_t size = i % 7 == 3 ? 90000 : 3000 * (i % 5);
            const Bytes input = i % 2 == 0 ? samples[i] : make_input(Kind::mixed, size, i);
            Compressor fresh({.level = level});
            ASSERT_EQ(compress(used, input, *dictionary), compress(fresh, input, *dictionary))
                << "level " << level << " input " << i;
            if (i % 11 == 0) {
                ASSERT_TRUE(used.compress(samples[i], plain).has_value());
            }
        }
    }
}

TEST(ZstdEncodeDictionary, StreamsAreReadByLibzstd) {
    const Bytes bytes = train(make_samples(100), 8192);
    const auto dictionary = EncodeDictionary::load(bytes);
    ASSERT_TRUE(dictionary.has_value());
    for (const int level : {1, 3, 6}) {
        CompressStream stream({.level = level}, &*dictionary);
        for (const std::size_t size : {0u, 700u, 200000u, 3000000u}) {
            const Bytes input = make_input(Kind::source, size, 77);
            Bytes frame(compress_bound(size));
            const auto progress = stream.run(input, frame, CompressStream::Flush::end);
            ASSERT_TRUE(progress && progress->done);
            expect_readable(ByteView(frame).first(progress->produced), input, bytes);
        }
    }
}

TEST(ZstdTrain, MakesSmallInputsSmallerAboutAsMuchAsLibzstdsOwn) {
    const std::vector<Bytes> samples = make_samples(1000);
    const std::vector<Bytes> learned(samples.begin(), samples.begin() + 800);
    const Bytes bytes = train(learned, 16384);
    EXPECT_LE(bytes.size(), 16384u);
    EXPECT_EQ(bytes, train(learned, 16384));
    const auto dictionary = EncodeDictionary::load(bytes);
    ASSERT_TRUE(dictionary.has_value());
    Compressor compressor({.level = 3});
    ZSTD_CCtx* const context = ZSTD_createCCtx();
    std::size_t plain = 0, ours = 0, reference = 0;
    for (std::size_t i = 800; i < samples.size(); ++i) {
        Bytes out(compress_bound(samples[i].size()));
        plain += compressor.compress(samples[i], out).value_or(0);
        ours += compress(compressor, samples[i], *dictionary).size();
        reference += ZSTD_compress_usingDict(context, out.data(), out.size(), samples[i].data(),
                                             samples[i].size(), bytes.data(), bytes.size(), 3);
    }
    ZSTD_freeCCtx(context);
    EXPECT_LT(2 * ours, plain);
    EXPECT_LE(static_cast<double>(ours), 1.02 * static_cast<double>(reference));
}

TEST(ZstdTrain, RefusesTooLittle) {
    const std::vector<Bytes> few = make_samples(3);
    const std::vector<ByteView> views(few.begin(), few.end());
    EXPECT_FALSE(train_dictionary(views, {}).has_value());
    const std::vector<Bytes> many = make_samples(30);
    const std::vector<ByteView> all(many.begin(), many.end());
    EXPECT_FALSE(train_dictionary(all, {.capacity = 100}).has_value());
}

TEST(ZstdEncodeDictionary, AnyDamageIsRefusedOrHarmless) {
    const std::vector<Bytes> samples = make_samples(50);
    const Bytes good = train(samples, 2048);
    for (std::size_t at = 4; at < 250; ++at) {
        Bytes bytes = good;
        bytes[at] ^= static_cast<std::uint8_t>(1u << at % 8);
        const auto dictionary = EncodeDictionary::load(bytes);
        if (!dictionary) continue;
        Compressor compressor({.level = 1});
        expect_readable(compress(compressor, samples[0], *dictionary), samples[0], bytes);
    }
    for (std::size_t size = 8; size < 300; ++size) {
        const auto dictionary = EncodeDictionary::load(ByteView(good).first(size));
        if (!dictionary) {
            EXPECT_EQ(dictionary.error().code, ErrorCode::bad_dictionary);
        }
    }
}

}  // namespace
}  // namespace holt::zstd
