// Proves: every frame the encoder makes is read back by libzstd as what went in, fits the bound it
// promises, is the same for every CPU level and every history of its context, and is about as small
// as libzstd's own.
#include <gtest/gtest.h>
#include <zstd.h>

#include <cstdlib>

#include "codec/cpu.h"
#include "codec/zstd/encode/compress.h"
#include "encode_inputs.h"

namespace holt::zstd {
namespace {

using test::Kind;
using test::kKinds;
using test::make_input;

std::vector<int> all_levels() {
    std::vector<int> levels;
    for (int level = kMinLevel; level <= kMaxLevel; ++level) levels.push_back(level);
    return levels;
}

Bytes compress(Compressor& compressor, ByteView input) {
    Bytes out(compress_bound(input.size()));
    const auto size = compressor.compress(input, out);
    EXPECT_TRUE(size.has_value());
    out.resize(size.value_or(0));
    return out;
}

/// What libzstd makes of a frame; empty and a failure when it refuses.
Bytes reference_decode(ByteView frame, std::size_t size) {
    Bytes out(size + 1);
    const std::size_t made = ZSTD_decompress(out.data(), out.size(), frame.data(), frame.size());
    EXPECT_FALSE(ZSTD_isError(made)) << ZSTD_getErrorName(made);
    out.resize(ZSTD_isError(made) ? 0 : made);
    return out;
}

std::size_t reference_size(ByteView input, int level) {
    Bytes out(ZSTD_compressBound(input.size()));
    return ZSTD_compress(out.data(), out.size(), input.data(), input.size(), level);
}

TEST(ZstdEncode, EveryKindAtEveryLevelIsReadByLibzstd) {
    for (const int level : all_levels()) {
        Compressor compressor({.level = level, .checksum = level % 2 == 0});
        for (int kind = 0; kind < kKinds; ++kind) {
            for (const std::size_t size : {0u, 1u, 70u, 5000u, 131072u, 300001u}) {
                if (level > 12 && size > 5000 + 40000u * static_cast<unsigned>(level % 3)) continue;
                const Bytes input = make_input(static_cast<Kind>(kind), size, 5);
                const Bytes frame = compress(compressor, input);
                ASSERT_LE(frame.size(), compress_bound(size));
                ASSERT_EQ(reference_decode(frame, size), input)
                    << test::name(static_cast<Kind>(kind)) << " size " << size << " level "
                    << level;
                ASSERT_EQ(ZSTD_getFrameContentSize(frame.data(), frame.size()), size);
            }
        }
    }
}

TEST(ZstdEncode, EveryLengthUpTo3000) {
    for (const int level : {-5, 1, 3, 6, 13, 19}) {
        Compressor compressor({.level = level});
        for (const Kind kind : {Kind::source, Kind::binary, Kind::periods, Kind::skewed}) {
            const Bytes whole = make_input(kind, 3000, 11);
            const std::size_t step = level > 6 ? 7 : 1;
            for (std::size_t size = 0; size <= whole.size(); size += size < 300 ? 1 : step) {
                const ByteView input = ByteView(whole).first(size);
                const Bytes frame = compress(compressor, input);
                ASSERT_LE(frame.size(), compress_bound(size));
                ASSERT_TRUE(equal(reference_decode(frame, size), input))
                    << test::name(kind) << " size " << size << " level " << level;
            }
        }
    }
}

TEST(ZstdEncode, TinyOutputIsAnErrorAndNothingIsWrittenBeyondIt) {
    const Bytes input = make_input(Kind::mixed, 200000, 3);
    Compressor compressor({.level = 1, .checksum = true});
    const Bytes frame = compress(compressor, input);
    for (std::size_t room = 0; room < frame.size(); room += 1 + room / 3) {
        Bytes out(room + 64, 0xA5);
        const auto size = compressor.compress(input, MutableByteView(out).first(room));
        ASSERT_FALSE(size.has_value()) << room;
        ASSERT_EQ(size.error().code, ErrorCode::output_full);
        for (std::size_t i = room; i < out.size(); ++i) ASSERT_EQ(out[i], 0xA5);
    }
    Bytes exact(frame.size());
    ASSERT_TRUE(compressor.compress(input, exact).has_value());
    ASSERT_EQ(exact, frame);
}

TEST(ZstdEncode, IncompressibleStaysWithinTheBound) {
    for (const int level : all_levels()) {
        Compressor compressor({.level = level, .checksum = true});
        for (const std::size_t size : {1u, 13u, 1000u, 131071u, 131073u, 600000u}) {
            if (level > 12 && size > 200000) continue;
            const Bytes input = make_input(Kind::random, size, 17);
            EXPECT_LE(compress(compressor, input).size(), size + 3 * (size / 131072 + 1) + 18);
        }
    }
}

TEST(ZstdEncode, TheHistoryOfAContextDoesNotChangeItsOutput) {
    for (const int level : all_levels()) {
        Compressor used({.level = level});
        for (std::size_t round = 0; round < 12; ++round) {
            const std::size_t size = (round * 7919 * 13) % 250000 >> (round % 3 * 4 + level / 7);
            const Bytes input = make_input(static_cast<Kind>(round % kKinds), size, round);
            Compressor fresh({.level = level});
            ASSERT_EQ(compress(used, input), compress(fresh, input)) << "level " << level;
        }
    }
}

TEST(ZstdEncode, EveryCpuLevelGivesTheSameBytes) {
    for (const int level : all_levels()) {
        for (int kind = 0; kind < kKinds; ++kind) {
            const Bytes input =
                make_input(static_cast<Kind>(kind), level > 12 ? 20000 : 150000, 23);
            ASSERT_TRUE(codec::force_cpu_level(codec::CpuLevel::portable));
            Compressor portable({.level = level});
            const Bytes expected = compress(portable, input);
            for (const auto cpu : {codec::CpuLevel::avx2, codec::CpuLevel::avx512}) {
                if (!codec::force_cpu_level(cpu)) continue;
                Compressor kernel({.level = level});
                EXPECT_EQ(compress(kernel, input), expected)
                    << codec::name(cpu) << " level " << level << " "
                    << test::name(static_cast<Kind>(kind));
            }
            codec::force_cpu_level(std::nullopt);
        }
    }
}

TEST(ZstdEncode, BadLevelIsRefused) {
    for (const int level : {kMinLevel - 1, kMaxLevel + 1}) {
        Compressor compressor({.level = level});
        Bytes out(100);
        const auto size = compressor.compress({}, out);
        ASSERT_FALSE(size.has_value());
        EXPECT_EQ(size.error().code, ErrorCode::bad_parameter);
    }
}

// The gates of size: deterministic, so that a change that costs ratio is seen at once.
TEST(ZstdEncode, SizesOfGeneratedInputsAreNearLibzstd) {
    for (const int level : {1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 15, 16, 18, 19}) {
        Compressor compressor({.level = level});
        std::size_t ours = 0;
        std::size_t reference = 0;
        for (int kind = 0; kind < kKinds; ++kind) {
            const Bytes input =
                make_input(static_cast<Kind>(kind), level > 12 ? 50000 : 300000, 31);
            ours += compress(compressor, input).size();
            reference += reference_size(input, level);
        }
        const double most = level > 12 ? 1.015 : 1.01;
        EXPECT_LE(static_cast<double>(ours), most * static_cast<double>(reference)) << level;
    }
}

/// Feeds a stream with random pieces, rooms and flushes.
Bytes stream(CompressStream& compressor, ByteView input, test::Random& random, bool flushes) {
    Bytes out;
    std::size_t at = 0;
    for (;;) {
        const std::size_t piece = std::min(input.size() - at, random.below(70000));
        const bool last = at + piece == input.size();
        const auto flush = last                              ? CompressStream::Flush::end
                           : flushes && random.below(5) == 0 ? CompressStream::Flush::block
                                                             : CompressStream::Flush::none;
        std::size_t taken = 0;
        for (;;) {
            Bytes room(1 + random.below(random.below(3) == 0 ? 20 : 60000));
            const auto progress =
                compressor.run(input.subspan(at + taken, piece - taken), room, flush);
            if (!progress) {
                ADD_FAILURE() << describe(progress.error().code);
                return out;
            }
            taken += progress->consumed;
            out.insert(out.end(), room.begin(),
                       room.begin() + static_cast<std::ptrdiff_t>(progress->produced));
            if (flush == CompressStream::Flush::none ? taken == piece : progress->done) break;
        }
        at += taken;
        if (last) return out;
    }
}

TEST(ZstdEncodeStream, AnySplitIsReadByLibzstd) {
    for (const int level : {-3, 1, 3, 5, 7, 9}) {
        CompressStream compressor({.level = level, .checksum = true});
        for (std::uint64_t round = 0; round < 6; ++round) {
            const std::size_t size = round == 0 ? 0 : round == 1 ? 900 : 400000 * round;
            const Bytes input = make_input(static_cast<Kind>(10 - round), size, round);
            test::Random random(round + 100 * static_cast<std::uint64_t>(level + 9));
            const Bytes frame = stream(compressor, input, random, round % 2 == 1);
            ASSERT_EQ(reference_decode(frame, size), input)
                << "level " << level << " round " << round;
        }
    }
}

TEST(ZstdEncodeStream, AFlushedBlockCanBeReadAtOnce) {
    CompressStream compressor({.level = 1});
    ZSTD_DStream* const decoder = ZSTD_createDStream();
    const Bytes input = make_input(Kind::text, 50000, 1);
    Bytes got;
    for (std::size_t at = 0; at < input.size(); at += 5000) {
        Bytes room(100000);
        const auto progress =
            compressor.run(ByteView(input).subspan(at, 5000), room, CompressStream::Flush::block);
        ASSERT_TRUE(progress && progress->done && progress->consumed == 5000);
        Bytes decoded(200000);
        ZSTD_inBuffer in{room.data(), progress->produced, 0};
        ZSTD_outBuffer out{decoded.data(), decoded.size(), 0};
        ASSERT_FALSE(ZSTD_isError(ZSTD_decompressStream(decoder, &out, &in)));
        ASSERT_EQ(out.pos, 5000u);
        got.insert(got.end(), decoded.begin(), decoded.begin() + 5000);
    }
    EXPECT_EQ(got, input);
    ZSTD_freeDStream(decoder);
}

// Silesia as an optional input: each file is read back, and its size is near libzstd's.
TEST(ZstdEncode, SilesiaWhenPresent) {
    std::vector<Bytes> files;
    const char* const named = std::getenv("HOLT_SILESIA");
    const std::filesystem::path folder =
        named != nullptr ? named : std::filesystem::temp_directory_path() / "silesia";
    for (const char* file : {"dickens", "mr", "osdb", "xml"}) {
        Bytes bytes = test::read_file(folder / file, 1u << 20);
        if (!bytes.empty()) files.push_back(std::move(bytes));
    }
    if (files.empty()) GTEST_SKIP() << "no Silesia files: set HOLT_SILESIA to their folder";
    for (const int level : {-5, -1, 1, 3, 5, 7, 9, 13}) {
        Compressor compressor({.level = level});
        for (const Bytes& input : files) {
            const Bytes frame = compress(compressor, input);
            ASSERT_EQ(reference_decode(frame, input.size()), input);
            EXPECT_LE(static_cast<double>(frame.size()),
                      1.03 * static_cast<double>(reference_size(input, level)))
                << "level " << level;
        }
    }
}

}  // namespace
}  // namespace holt::zstd
