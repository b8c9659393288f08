// Proves: the probe calls incompressible what zstd cannot save 3% of, and never what zstd saves
// much of, over the kinds of data that a store meets.
#include "codec/probe.h"

#include <gtest/gtest.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

namespace holt::codec {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << 20;

Bytes random_bytes(std::size_t size, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    Bytes bytes(size);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random() >> 56);
    return bytes;
}

Bytes zstd(ByteView data, int level) {
    Bytes out(ZSTD_compressBound(data.size()));
    const std::size_t size = ZSTD_compress(out.data(), out.size(), data.data(), data.size(), level);
    EXPECT_FALSE(ZSTD_isError(size));
    out.resize(size);
    return out;
}

double zstd_saving(ByteView data) {
    return 1 - static_cast<double>(zstd(data, 3).size()) / static_cast<double>(data.size());
}

// Words of many lengths, the frequent ones often.
Bytes text(std::size_t size, std::uint32_t seed) {
    std::mt19937 random(seed);
    std::vector<std::string> words(3000);
    for (auto& word : words) {
        for (std::size_t n = 1 + random() % 9; n != 0; --n) {
            word += static_cast<char>('a' + std::min(random() % 26, random() % 26));
        }
    }
    std::string out;
    while (out.size() < size) {
        out += words[random() % (1 + random() % words.size())];
        out += random() % 12 == 0 ? ".\n" : " ";
    }
    return Bytes(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size));
}

// Normally distributed weights, as `keep` of the leading bytes of an IEEE number of `width`.
template <class Float>
Bytes weights(std::size_t size, std::size_t keep, std::uint32_t seed) {
    std::mt19937 random(seed);
    std::normal_distribution<double> distribution(0, 0.02);
    Bytes out;
    while (out.size() < size) {
        const auto value = static_cast<Float>(distribution(random));
        std::uint8_t bytes[sizeof(Float)];
        std::memcpy(bytes, &value, sizeof value);  // little-endian: the leading bytes come last
        out.insert(out.end(), bytes + sizeof value - keep, bytes + sizeof value);
    }
    out.resize(size);
    return out;
}

void expect_verdict(const char* what, ByteView data, Verdict expected) {
    EXPECT_EQ(probe(data), expected) << what << ": zstd saves " << zstd_saving(data);
}

TEST(Probe, FindsRandomBytesIncompressible) {
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        const std::size_t size = 4096 + (seed * seed * 1021) % kBlock;
        expect_verdict("random", random_bytes(size, seed), Verdict::incompressible);
    }
    expect_verdict("random, 4 MiB", random_bytes(4 * kBlock, 99), Verdict::incompressible);
}

TEST(Probe, FindsCompressedDataIncompressible) {
    for (const int level : {-5, 1, 3, 9, 12}) {
        const Bytes packed = zstd(text(2 * kBlock, 1), level);
        const double saving = zstd_saving(packed);
        if (saving < kWorthwhile / 2) {
            expect_verdict("zstd of text", packed, Verdict::incompressible);
        } else {
            EXPECT_LT(level, 1) << saving;  // the fast levels leave literals as they are
        }
    }
}

TEST(Probe, FindsTextAndCodeWorthCompressing) {
    expect_verdict("text", text(kBlock, 2), Verdict::worth_compressing);
    expect_verdict("short text", text(5000, 3), Verdict::worth_compressing);
    expect_verdict("zeros", Bytes(kBlock), Verdict::worth_compressing);
    for (const char* path : {"/usr/bin/env", "/proc/self/exe"}) {
        std::ifstream file(path, std::ios::binary);
        Bytes program((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
        program.resize(std::min(program.size(), kBlock));
        if (program.size() >= 4096) {
            expect_verdict(path, program, Verdict::worth_compressing);
        }
    }
}

// Only some bytes of each number are skewed: its exponent.
TEST(Probe, FindsFloatWeightsWorthCompressing) {
    expect_verdict("bf16", weights<float>(kBlock, 2, 4), Verdict::worth_compressing);
    expect_verdict("fp32", weights<float>(kBlock, 4, 5), Verdict::worth_compressing);
    expect_verdict("fp64", weights<double>(kBlock, 8, 6), Verdict::worth_compressing);
    expect_verdict("bf16, 16 KiB", weights<float>(16384, 2, 7), Verdict::worth_compressing);
}

TEST(Probe, FindsDenseEncodingsWorthCompressing) {
    Bytes base64 = random_bytes(kBlock, 8);
    for (auto& byte : base64) byte = static_cast<std::uint8_t>('0' + byte % 64);
    expect_verdict("6 bits of 8", base64, Verdict::worth_compressing);
    Bytes seven = random_bytes(kBlock, 9);
    for (auto& byte : seven) byte &= 127;
    expect_verdict("7 bits of 8", seven, Verdict::worth_compressing);
    Bytes counters;
    for (std::uint32_t i = 0; counters.size() < kBlock; i += 40503) {
        for (int shift = 0; shift < 32; shift += 8) {
            counters.push_back(static_cast<std::uint8_t>(i >> shift));
        }
    }
    EXPECT_EQ(probe(counters), Verdict::worth_compressing);
}

// Bytes as good as random, each stretch of which occurs again.
TEST(Probe, NoticesRepeatsNearAndFar) {
    for (const std::size_t period : {40u, 700u, 5000u, 100'003u, 400'000u}) {
        const Bytes unit = random_bytes(period, period);
        Bytes data;
        while (data.size() < kBlock) data.insert(data.end(), unit.begin(), unit.end());
        data.resize(kBlock);
        expect_verdict("repeats", data, Verdict::worth_compressing);
    }
    Bytes identifiers;  // of 100 values, 12 random bytes each
    const Bytes values = random_bytes(1200, 10);
    std::mt19937 random(11);
    while (identifiers.size() < kBlock) {
        const auto value = values.begin() + 12 * static_cast<std::ptrdiff_t>(random() % 100);
        identifiers.insert(identifiers.end(), value, value + 12);
    }
    expect_verdict("identifiers", identifiers, Verdict::worth_compressing);
}

TEST(Probe, NoticesAnIslandOfText) {
    Bytes data = random_bytes(kBlock, 12);
    const Bytes island = text(kBlock / 8, 13);
    for (const std::size_t at : {std::size_t{0}, kBlock / 3, kBlock - island.size()}) {
        Bytes mixed = data;
        std::ranges::copy(island, mixed.begin() + static_cast<std::ptrdiff_t>(at));
        expect_verdict("an eighth of text", mixed, Verdict::worth_compressing);
    }
}

TEST(Probe, LeavesTheSmallestToTheCompressor) {
    for (const std::size_t size : {0u, 1u, 7u, 8u, 100u, 4095u}) {
        EXPECT_EQ(probe(random_bytes(size, 14)), Verdict::worth_compressing) << size;
    }
}

// At every size around the bounds of the windows, from heap blocks of the exact size.
TEST(Probe, StaysInsideItsData) {
    for (std::size_t size = 4090; size < 200'000; size += 1 + size / 50) {
        const Bytes data = random_bytes(size, size);
        static_cast<void>(probe(data));
        const Bytes same(size, 7);
        EXPECT_EQ(probe(same), Verdict::worth_compressing);
    }
}

}  // namespace
}  // namespace holt::codec
