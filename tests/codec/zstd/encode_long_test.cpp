// Proves: with long-distance matching, repeats many windows apart are found at every kind of
// level, through the cuts between jobs and the end of the ring, and not without; libzstd reads the
// frames; and the same frame comes out for any number of threads.
#include <gtest/gtest.h>
#include <zstd.h>

#include "codec/zstd/decode/decompress.h"
#include "codec/zstd/jobs/compress_job_stream.h"
#include "codec/zstd/match/match_long.h"
#include "encode_inputs.h"

namespace holt::zstd {
namespace {

using test::Kind;

Bytes compress(const JobStreamOptions& options, ByteView input) {
    JobStream stream(options);
    std::size_t at = 0;
    Bytes frame;
    const auto length =
        stream.run({.read = [&](MutableByteView into) -> std::optional<std::size_t> {
                        const std::size_t size = std::min(into.size(), input.size() - at);
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
    EXPECT_TRUE(length && *length == input.size());
    return frame;
}

void expect_reads_back(const Bytes& frame, const Bytes& input) {
    Bytes back(input.size() + 1);
    const std::size_t made = ZSTD_decompress(back.data(), back.size(), frame.data(), frame.size());
    ASSERT_FALSE(ZSTD_isError(made)) << ZSTD_getErrorName(made);
    back.resize(made);
    ASSERT_TRUE(back == input);
}

/// Random bytes between copies of 100 to 60,000 bytes from up to `reach` before.
struct Far {
    Bytes bytes;
    std::size_t fresh = 0;  ///< bytes that are no copy
};
Far far_copies(std::size_t size, std::size_t reach) {
    Far far;
    test::Random random(21);
    while (far.bytes.size() < size) {
        const bool copy = far.bytes.size() > reach && random.below(4) != 0;
        const std::size_t length = 100 + random.below(60000);
        if (!copy) {
            const Bytes more = test::make_input(Kind::random, length, far.bytes.size());
            far.bytes.insert(far.bytes.end(), more.begin(), more.end());
            far.fresh += length;
            continue;
        }
        const std::size_t from = far.bytes.size() - length - random.below(reach - length);
        const Bytes piece(far.bytes.begin() + static_cast<std::ptrdiff_t>(from),
                          far.bytes.begin() + static_cast<std::ptrdiff_t>(from + length));
        far.bytes.insert(far.bytes.end(), piece.begin(), piece.end());
    }
    return far;
}

TEST(ZstdEncodeLong, RepeatsManyWindowsApartAreFound) {
    // Jobs of 2 MiB, a ring of 12: what is copied comes from slots that were used again since.
    constexpr unsigned kLog = 23;
    const Far far = far_copies(40u << 20, (1u << kLog) - 70000);
    const JobStreamOptions options = {
        .encode = {.level = 1, .checksum = true}, .threads = 2, .long_window_log = kLog};
    const Bytes frame = compress(options, far.bytes);
    expect_reads_back(frame, far.bytes);
    EXPECT_LT(frame.size(), far.fresh + far.fresh / 50);
    EXPECT_GT(compress({.encode = {.level = 1}}, far.bytes).size(), far.bytes.size() * 9 / 10)
        << "out of reach for the level itself";
    EXPECT_EQ(read_frame_info(frame)->window_size, 1u << kLog);
    for (const unsigned threads : {0u, 1u, 4u}) {
        JobStreamOptions other = options;
        other.threads = threads;
        ASSERT_TRUE(compress(other, far.bytes) == frame) << threads;
    }
}

TEST(ZstdEncodeLong, EveryStrategyWorksAroundLongMatches) {
    // A text, something else, and the text again with small changes.
    Bytes input = test::make_input(Kind::source, 1500000, 1);
    const Bytes text = input;
    const Bytes between = test::make_input(Kind::mixed, 500000, 2);
    input.insert(input.end(), between.begin(), between.end());
    input.insert(input.end(), text.begin(), text.end());
    for (std::size_t at = 2000000; at < input.size(); at += 9973) input[at] ^= 1;
    for (const int level : {-2, 1, 3, 5, 7, 9, 13, 16, 18, 19}) {
        if (level > 13 && input.size() > 1200000) {  // slow ones on less
            input.erase(input.begin(), input.begin() + 700000);
            input.erase(input.begin() + 800000, input.begin() + 1400000);
        }
        const Bytes frame = compress(
            {.encode = {.level = level, .checksum = true}, .threads = 0, .long_window_log = 22},
            input);
        expect_reads_back(frame, input);
        const std::size_t without = compress({.encode = {.level = level}}, input).size();
        EXPECT_LT(frame.size(), without + without / 100) << level;
    }
}

TEST(ZstdEncodeLong, EveryKindOfInputIsReadBack) {
    for (int kind = 0; kind < test::kKinds; ++kind) {
        for (const std::size_t size : {0u, 1u, 63u, 64u, 65u, 5000u, 300001u}) {
            const Bytes once = test::make_input(static_cast<Kind>(kind), size, 5);
            Bytes input = once;
            input.insert(input.end(), once.begin(), once.end());
            for (const int level : {1, 6, 16}) {
                const Bytes frame = compress(
                    {.encode = {.level = level}, .threads = 0, .long_window_log = 27}, input);
                expect_reads_back(frame, input);
            }
        }
    }
}

TEST(ZstdEncodeLong, TheFinderSeesThroughTheRingsEnd) {
    // A ring of four slots of 4 KiB, the last two stretches of which repeat the first two.
    constexpr std::size_t kSlot = 4096;
    Bytes ring = test::make_input(Kind::random, 4 * kSlot, 8);
    std::copy_n(ring.begin(), 2 * kSlot, ring.begin() + 2 * kSlot);
    LongMatchFinder finder(14, 0, {ring.data(), ring.size()});
    std::vector<LongMatch> matches;
    finder.find(0, 2 * kSlot, matches);
    EXPECT_TRUE(matches.empty());
    finder.find(2 * kSlot, 3 * kSlot, matches);
    ASSERT_EQ(matches.size(), 1u);
    EXPECT_EQ(matches[0].begin, 0u);
    EXPECT_EQ(matches[0].length, kSlot);
    EXPECT_EQ(matches[0].distance, 2 * kSlot);
    matches.clear();
    finder.find(3 * kSlot, 4 * kSlot, matches);  // goes on at once, without a split point
    ASSERT_EQ(matches.size(), 1u);
    EXPECT_EQ(matches[0].length, kSlot);
    matches.clear();
    finder.find(4 * kSlot, 5 * kSlot, matches);  // the first slot again, which is still the same
    ASSERT_EQ(matches.size(), 1u);
    EXPECT_EQ(matches[0].length, kSlot);
    EXPECT_EQ(matches[0].distance, 2 * kSlot);
}

}  // namespace
}  // namespace holt::zstd
