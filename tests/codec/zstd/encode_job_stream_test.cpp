// Proves: a frame made in jobs is read back by libzstd and by our decoder, and does not depend on
// the number of threads nor on the pieces in which the input comes; with a known length it is what
// the parallel compressor makes; and each way to end early is an error.
#include <gtest/gtest.h>
#include <zstd.h>

#include <memory>

#include "codec/zstd/decode/decompress.h"
#include "codec/zstd/jobs/compress_job_stream.h"
#include "codec/zstd/jobs/compress_parallel.h"
#include "encode_inputs.h"

namespace holt::zstd {
namespace {

using test::Kind;

/// Megabytes whose matches are near, far, and across the cuts between jobs.
Bytes large_input(std::size_t size) {
    Bytes input = test::make_input(Kind::mixed, 300000, 3);
    const Bytes text = test::make_input(Kind::source, 900000, 4);
    test::Random random(5);
    while (input.size() < size) {
        const std::size_t length = 20 + random.below(1900);
        const Bytes& from = random.below(3) == 0 ? input : text;
        const std::size_t at = random.below(from.size() - length);
        const Bytes piece(from.begin() + static_cast<std::ptrdiff_t>(at),
                          from.begin() + static_cast<std::ptrdiff_t>(at + length));
        input.insert(input.end(), piece.begin(), piece.end());
    }
    input.resize(size);
    return input;
}

struct Made {
    Expected<std::uint64_t> length;
    Bytes frame;
};

/// `piece` 0: pieces of random sizes.
Made run(const JobStreamOptions& options, ByteView input, std::size_t piece = 100000) {
    JobStream stream(options);
    test::Random random(9);
    std::size_t at = 0;
    Bytes frame;
    auto length =
        stream.run({.read = [&](MutableByteView into) -> std::optional<std::size_t> {
                        const std::size_t wish = piece > 0 ? piece : 1 + random.below(60000);
                        const std::size_t size = std::min({wish, into.size(), input.size() - at});
                        std::copy_n(input.data() + at, size, into.data());
                        at += size;
                        return size;
                    },
                    .write =
                        [&](ByteView bytes) {
                            frame.insert(frame.end(), bytes.begin(), bytes.end());
                            return true;
                        },
                    .stop = [] { return false; }});
    return {length, std::move(frame)};
}

void expect_reads_back(const Bytes& frame, const Bytes& input) {
    Bytes back(input.size() + 1);
    const std::size_t made = ZSTD_decompress(back.data(), back.size(), frame.data(), frame.size());
    ASSERT_FALSE(ZSTD_isError(made)) << ZSTD_getErrorName(made);
    back.resize(made);
    ASSERT_TRUE(back == input);
    Decompressor decompressor;
    Bytes ours(input.size());
    const auto length = decompressor.decompress(frame, ours);
    ASSERT_TRUE(length && *length == input.size());
    ASSERT_TRUE(ours == input);
}

TEST(ZstdJobStream, TheFrameDependsNeitherOnThreadsNorOnPieces) {
    const Bytes input = large_input(13u << 20);
    for (const int level : {-3, 1, 3}) {  // jobs of 2 and 4 MiB
        const EncodeOptions encode = {.level = level, .checksum = true};
        const Made one = run({.encode = encode, .threads = 1}, input);
        ASSERT_TRUE(one.length && *one.length == input.size());
        expect_reads_back(one.frame, input);
        for (const unsigned threads : {0u, 2u, 5u}) {
            ASSERT_TRUE(run({.encode = encode, .threads = threads}, input, 0).frame == one.frame)
                << level << " on " << threads;
        }
    }
}

TEST(ZstdJobStream, WithAKnownLengthItIsTheParallelCompressorsFrame) {
    ParallelCompressor parallel({.level = 1, .checksum = true}, 2);
    const Bytes whole = large_input(9u << 20);
    for (const std::size_t size : {0u, 1u, 1000u, 300000u, 2u << 20, (2u << 20) + 1, 9u << 20}) {
        const Bytes input(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        Bytes expected(compress_bound(size));
        expected.resize(parallel.compress(input, expected).value_or(0));
        const JobStreamOptions options = {
            .encode = {.level = 1, .checksum = true}, .threads = 2, .content_size = size};
        EXPECT_TRUE(run(options, input).frame == expected) << size;
    }
}

TEST(ZstdJobStream, ALengthIsStatedWhereItIsKnown) {
    const Bytes input = large_input(5u << 20);
    const auto stated = [&](const JobStreamOptions& options, std::size_t size) {
        const auto frame = run(options, ByteView(input).first(size)).frame;
        return read_frame_info(frame)->content_size;
    };
    EXPECT_EQ(stated({}, 3u << 20), 3u << 20) << "one job holds it all";
    EXPECT_EQ(stated({.encode = {.level = 1}}, 5u << 20), std::nullopt);
    EXPECT_EQ(stated({.encode = {.level = 1}, .content_size = 5u << 20}, 5u << 20), 5u << 20);
    EXPECT_EQ(stated({.content_size = 1000, .state_size = false}, 1000), std::nullopt);
}

TEST(ZstdJobStream, AnotherLengthThanStatedIsAnError) {
    const Bytes input = large_input(5u << 20);
    for (const std::size_t stated : {0u, 1000u, (5u << 20) - 1, (5u << 20) + 1, 100u << 20}) {
        const Made wrong =
            run({.encode = {.level = 1}, .threads = 2, .content_size = stated}, input);
        ASSERT_FALSE(wrong.length) << stated;
        EXPECT_EQ(wrong.length.error().code, ErrorCode::wrong_size);
    }
}

TEST(ZstdJobStream, ADictionaryServesTheFirstJob) {
    const Bytes input = large_input(5u << 20);
    const Bytes content(input.begin() + (4 << 20), input.begin() + (4 << 20) + 40000);
    const auto encode = EncodeDictionary::load(content);
    const auto decode = DecodeDictionary::load(content);
    ASSERT_TRUE(encode && decode);
    for (const std::size_t size : {3000u, 100000u, 5u << 20}) {
        const Bytes part(input.begin() + (4 << 20) - (size > 100000 ? 4 << 20 : 0),
                         input.begin() + (4 << 20) - (size > 100000 ? 4 << 20 : 0) +
                             static_cast<std::ptrdiff_t>(std::min<std::size_t>(size, 900000)));
        const JobStreamOptions options = {
            .encode = {.level = 1}, .threads = 2, .dictionary = &*encode};
        const Made with = run(options, part);
        Bytes back(part.size());
        Decompressor decompressor;
        const auto made = decompressor.decompress(with.frame, back, &*decode);
        ASSERT_TRUE(made && back == part) << size;
        const std::size_t without = run({.encode = {.level = 1}}, part).frame.size();
        EXPECT_LE(with.frame.size(), without + 8);
    }
}

TEST(ZstdJobStream, WhoeverWantsToStopIsHeard) {
    const Bytes input = large_input(9u << 20);
    for (int when = 0; when < 60; when += 7) {
        for (const bool reading : {true, false}) {
            JobStream stream({.encode = {.level = 1}, .threads = 3});
            int calls = 0;
            std::size_t at = 0;
            const auto made =
                stream.run({.read = [&](MutableByteView into) -> std::optional<std::size_t> {
                                if (reading && calls++ == when) return std::nullopt;
                                const std::size_t size = std::min(into.size(), input.size() - at);
                                std::copy_n(input.data() + at, size, into.data());
                                at += size;
                                return size;
                            },
                            .write = [&](ByteView) { return reading || calls++ < when / 12; },
                            .stop = [] { return false; }});
            if (reading && when > 36) continue;  // it was done before
            ASSERT_FALSE(made) << when << reading;
            EXPECT_EQ(made.error().code, ErrorCode::stopped);
        }
    }
}

TEST(ZstdJobStream, ParametersOutOfRangeAreRefused) {
    const Bytes input(100);
    for (const JobStreamOptions& options :
         {JobStreamOptions{.encode = {.level = kMaxLevel + 1}},
          JobStreamOptions{.long_window_log = 9}, JobStreamOptions{.long_window_log = 31}}) {
        const Made refused = run(options, input);
        ASSERT_FALSE(refused.length);
        EXPECT_EQ(refused.length.error().code, ErrorCode::bad_parameter);
    }
}

}  // namespace
}  // namespace holt::zstd
