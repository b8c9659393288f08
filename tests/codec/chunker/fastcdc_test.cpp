// Proves: cuts follow the documented rule, never change from one version to another, depend on
// content only, and move only near an insertion.
#include "codec/chunker/fastcdc.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <vector>

namespace holt::chunker {
namespace {

Bytes random_bytes(std::size_t size, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    Bytes bytes(size);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random() >> 56);
    return bytes;
}

std::vector<std::size_t> cut_sizes(ByteView data) {
    std::vector<std::size_t> sizes;
    while (!data.empty()) {
        sizes.push_back(next_cut(data, Input::ends));
        data = data.subspan(sizes.back());
    }
    return sizes;
}

// The end of every chunk, counted from the end of the input.
std::set<std::size_t> ends_from_behind(ByteView data) {
    std::set<std::size_t> ends;
    std::size_t left = data.size();
    for (const std::size_t size : cut_sizes(data)) ends.insert(left -= size);
    return ends;
}

// The header's rule word by word: the hash of each position anew from its 64 bytes.
std::size_t plain_next_cut(ByteView data) {
    std::uint64_t gear[256];
    std::uint64_t state = kSeed;
    for (auto& entry : gear) {
        std::uint64_t z = state += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        entry = z ^ (z >> 31);
    }
    for (std::size_t n = kMin; n < std::min(data.size(), kMax); ++n) {
        std::uint64_t hash = 0;
        for (std::size_t k = 0; k < 64; ++k) hash += gear[data[n - 1 - k]] << k;
        if (hash >> (64 - (n < kNormal ? kHardBits : kEasyBits)) == 0) return n;
    }
    return std::min(data.size(), kMax);
}

TEST(FastCdc, CutsAsTheDocumentedRuleSays) {
    const Bytes data = random_bytes(std::size_t{7} << 20, 1);
    ByteView rest = data;
    while (!rest.empty()) {
        const std::size_t size = next_cut(rest, Input::ends);
        ASSERT_EQ(size, plain_next_cut(rest)) << "at " << data.size() - rest.size();
        rest = rest.subspan(size);
    }
}

// These are the format. If this test fails, the code is wrong, not the numbers.
TEST(FastCdc, KeepsItsGoldenCuts) {
    const std::vector<std::size_t> golden = {1166939, 1109500, 1151446, 1517201, 1265664, 1474922,
                                             1621659, 793328,  1108984, 1174257, 1435385, 1149241,
                                             1252905, 1204516, 1537461, 1057892, 1069534, 1166541,
                                             397066,  1522991, 988392};
    EXPECT_EQ(cut_sizes(random_bytes(std::size_t{24} << 20, 20)), golden);
}

TEST(FastCdc, KeepsSizesWithinBounds) {
    const Bytes data = random_bytes(std::size_t{48} << 20, 2);
    const auto sizes = cut_sizes(data);
    std::size_t sum = 0;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        EXPECT_LE(sizes[i], kMax);
        if (i + 1 < sizes.size()) {
            EXPECT_GE(sizes[i], kMin);
        }
        sum += sizes[i];
    }
    EXPECT_EQ(sum, data.size());
    const std::size_t mean = sum / sizes.size();
    EXPECT_GT(mean, kNormal * 3 / 4);
    EXPECT_LT(mean, kNormal * 3 / 2);
}

TEST(FastCdc, GivesRunsOfOneByteTheLargestChunks) {
    for (const int byte : {0, 1, 32, 127, 255}) {
        const Bytes data(2 * kMax + 5, static_cast<std::uint8_t>(byte));
        EXPECT_EQ(cut_sizes(data), (std::vector<std::size_t>{kMax, kMax, 5})) << byte;
    }
}

TEST(FastCdc, TakesSmallInputWhole) {
    const Bytes data = random_bytes(kMin + 1, 3);
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kMin - 1, kMin}) {
        EXPECT_EQ(next_cut(ByteView(data).first(size), Input::ends), size);
        EXPECT_EQ(next_cut(ByteView(data).first(size), Input::goes_on), 0u);
    }
    EXPECT_EQ(next_cut(data, Input::ends), kMin + 1);
}

// However little data a call is shown, it says nothing or what it would say of all data.
TEST(FastCdc, CutsTheSameWhateverTheBuffer) {
    const Bytes data = random_bytes(std::size_t{12} << 20, 4);
    const auto expected = cut_sizes(data);
    std::mt19937 random(5);
    for (const std::size_t step : {std::size_t{100'000}, kMin, std::size_t{1'000'003}, kMax}) {
        std::vector<std::size_t> sizes;
        std::size_t at = 0;
        std::size_t filled = 0;
        while (at < data.size()) {
            const Input input = filled == data.size() ? Input::ends : Input::goes_on;
            const std::size_t size = next_cut(ByteView(data).subspan(at, filled - at), input);
            if (size == 0) {
                ASSERT_LT(filled - at, kMax);
                filled = std::min(data.size(), filled + 1 + random() % step);
                continue;
            }
            sizes.push_back(size);
            at += size;
        }
        EXPECT_EQ(sizes, expected) << step;
    }
}

TEST(FastCdc, RealignsAfterAnInsertion) {
    const Bytes data = random_bytes(std::size_t{32} << 20, 6);
    const auto before = ends_from_behind(data);
    for (const std::size_t inserted : {1u, 17u, 4096u, 300'000u}) {
        Bytes changed = random_bytes(inserted, 7);
        changed.insert(changed.end(), data.begin(), data.end());
        const auto after = ends_from_behind(changed);
        std::size_t kept = 0;
        for (const std::size_t end : before) kept += after.count(end);
        // A chunk or a few at the front differ, then all are the same.
        EXPECT_GE(kept + 6, before.size()) << inserted;
    }
}

}  // namespace
}  // namespace holt::chunker
