// Proves: the parallel compressor's frame is read back by libzstd and by our decoder, is the same
// for any number of threads, and is at most 5% larger than the serial one even where every match is
// as likely far as near.
#include <gtest/gtest.h>
#include <zstd.h>

#include "codec/zstd/decode/decompress.h"
#include "codec/zstd/jobs/compress_parallel.h"
#include "encode_inputs.h"

namespace holt::zstd {
namespace {

using test::Kind;

/// Many megabytes with matches far and near across the cuts between jobs.
Bytes large_input(std::size_t size) {
    Bytes input = test::make_input(Kind::mixed, 700000, 3);
    const Bytes text = test::make_input(Kind::source, 900000, 4);
    test::Random random(5);
    while (input.size() < size) {
        const std::size_t from = random.below(text.size() - 2000);
        const std::size_t length = 20 + random.below(1900);
        input.insert(input.end(), text.begin() + static_cast<std::ptrdiff_t>(from),
                     text.begin() + static_cast<std::ptrdiff_t>(from + length));
    }
    input.resize(size);
    return input;
}

TEST(ZstdEncodeParallel, OutputDoesNotDependOnThreads) {
    const Bytes input = large_input(9u << 20);
    for (const int level : {-3, 1, 2, 3, 6}) {
        Bytes expected;
        for (const unsigned threads : {1u, 2u, 5u}) {
            ParallelCompressor compressor({.level = level, .checksum = true}, threads);
            Bytes frame(compress_bound(input.size()));
            const auto size = compressor.compress(input, frame);
            ASSERT_TRUE(size.has_value());
            frame.resize(*size);
            if (expected.empty()) expected = frame;
            ASSERT_EQ(frame, expected) << level << " on " << threads;
        }
        Bytes back(input.size());
        ASSERT_EQ(ZSTD_decompress(back.data(), back.size(), expected.data(), expected.size()),
                  input.size());
        ASSERT_EQ(back, input) << level;
        std::fill(back.begin(), back.end(), std::uint8_t{0});
        Decompressor decompressor;
        const auto made = decompressor.decompress(expected, back);
        ASSERT_TRUE(made.has_value());
        ASSERT_EQ(back, input) << level;

        Compressor serial({.level = level, .checksum = true});
        Bytes frame(compress_bound(input.size()));
        const std::size_t serial_size = serial.compress(input, frame).value_or(0);
        EXPECT_LE(static_cast<double>(expected.size()), 1.05 * static_cast<double>(serial_size));
    }
}

TEST(ZstdEncodeParallel, SmallInputsAndTinyOutputs) {
    ParallelCompressor compressor({.level = 1}, 2);
    for (const std::size_t size : {0u, 1u, 1000u}) {
        const Bytes input = test::make_input(Kind::text, size, 1);
        Bytes frame(compress_bound(size));
        const auto made = compressor.compress(input, frame);
        ASSERT_TRUE(made.has_value());
        Bytes back(size + 1);
        EXPECT_EQ(ZSTD_decompress(back.data(), back.size(), frame.data(), *made), size);
    }
    const Bytes input = large_input(3u << 20);
    Bytes small(1000);
    const auto made = compressor.compress(input, small);
    ASSERT_FALSE(made.has_value());
    EXPECT_EQ(made.error().code, ErrorCode::output_full);
}

}  // namespace
}  // namespace holt::zstd
