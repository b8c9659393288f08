// Proves: every kernel gives the digests of the official vectors, of the plain reference at every
// length, and of b3sum; many at once and piece by piece give the same as one by one.
#include "codec/blake3/blake3.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "codec/blake3/kernel.h"
#include "codec/blake3/reference.h"
#include "codec/count_allocations.h"
#include "codec/cpu.h"

namespace holt::blake3 {
namespace {

using codec::CpuLevel;

Bytes random_bytes(std::size_t size, std::uint32_t seed) {
    std::mt19937 random(seed);
    Bytes bytes(size);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    return bytes;
}

// Every test runs once for each level, whatever the processor: unsupported ones are skipped.
class Blake3 : public testing::TestWithParam<CpuLevel> {
  protected:
    void SetUp() override {
        if (!codec::force_cpu_level(GetParam())) GTEST_SKIP() << "not on this processor";
    }
    void TearDown() override { codec::force_cpu_level(std::nullopt); }
};

INSTANTIATE_TEST_SUITE_P(Levels, Blake3,
                         testing::Values(CpuLevel::portable, CpuLevel::avx2, CpuLevel::avx512),
                         [](const auto& level) { return std::string(codec::name(level.param)); });

// Around the places where whole subtrees of zeros begin and end (4 MiB).
TEST_P(Blake3, ZerosThatAreNotInMemoryGiveTheSameDigest) {
    constexpr std::size_t kTree = std::size_t{4} << 20;
    const Bytes head = random_bytes(kTree + 1500, 9);
    const Bytes zeros(3 * kTree + 5000);
    for (const std::size_t before : {std::size_t{0}, std::size_t{1}, std::size_t{1024}, kTree - 1,
                                     kTree, kTree + 1, kTree + 1500}) {
        for (const std::size_t count :
             {std::size_t{0}, std::size_t{1}, std::size_t{70'000}, kTree - 1, kTree,
              2 * kTree - 1024, 2 * kTree, 3 * kTree, 3 * kTree + 5000}) {
            for (const std::size_t after : {std::size_t{0}, std::size_t{1}, std::size_t{3000}}) {
                Hasher all, skipping;
                all.update(ByteView(head).first(before));
                all.update(ByteView(zeros).first(count));
                all.update(ByteView(head).first(after));
                skipping.update(ByteView(head).first(before));
                skipping.update_zeros(count);
                EXPECT_EQ(skipping.digest(),
                          [&] {
                              Hasher until;
                              until.update(ByteView(head).first(before));
                              until.update(ByteView(zeros).first(count));
                              return until.digest();
                          }())
                    << before << ' ' << count;
                skipping.update(ByteView(head).first(after));
                EXPECT_EQ(skipping.digest(), all.digest())
                    << before << ' ' << count << ' ' << after;
            }
        }
    }
}

TEST_P(Blake3, GivesTheOfficialVectors) {
    std::ifstream file(std::string(HOLT_TEST_DATA) + "/blake3_test_vectors.json");
    const auto vectors = nlohmann::json::parse(file);
    std::size_t cases = 0;
    for (const auto& test : vectors.at("cases")) {
        Bytes input(test.at("input_len").get<std::size_t>());
        for (std::size_t i = 0; i < input.size(); ++i)
            input[i] = static_cast<std::uint8_t>(i % 251);
        const std::string expected = test.at("hash").get<std::string>().substr(0, 64);
        EXPECT_EQ(hash(input).hex(), expected) << input.size();
        EXPECT_EQ(reference::hash(input).hex(), expected) << input.size();
        Hasher hasher;
        hasher.update(input);
        EXPECT_EQ(hasher.digest().hex(), expected) << input.size();
        ++cases;
    }
    EXPECT_EQ(cases, 35u);
}

// All levels in one test: the reference is what takes the time.
TEST(Blake3AllLevels, EqualTheReferenceAtEveryLength) {
    const Bytes data = random_bytes(20000, 1);
    for (std::size_t size = 0; size <= data.size(); ++size) {
        const ByteView input = ByteView(data).first(size);
        const Digest expected = reference::hash(input);
        for (const CpuLevel level : {CpuLevel::portable, CpuLevel::avx2, CpuLevel::avx512}) {
            if (!codec::force_cpu_level(level)) continue;
            ASSERT_EQ(hash(input), expected) << size << " at " << codec::name(level);
        }
    }
    codec::force_cpu_level(std::nullopt);
}

TEST_P(Blake3, HashesManyOfAnyMixtureAsOneByOne) {
    const Bytes data = random_bytes(1 << 15, 2);
    std::mt19937 random(2);
    for (std::size_t count = 0; count <= 100; ++count) {
        // Lengths of all magnitudes, each also with the boundary cases of blocks and chunks.
        std::vector<ByteView> inputs;
        std::vector<Digest> expected;
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t limit = std::size_t{1} << random() % 15;
            std::size_t size = random() % limit;
            if (random() % 4 == 0) size = size / 1024 * 1024;
            if (random() % 8 == 0) size = size / 64 * 64;
            inputs.push_back(ByteView(data).subspan(random() % 1000, size));
            expected.push_back(reference::hash(inputs.back()));
        }
        std::vector<Digest> digests(count);
        hash_many(inputs, digests);
        ASSERT_EQ(digests, expected) << count;
    }
}

// Inputs around the bounds of a batch (512 chunks) and of sharing lanes (64 chunks).
TEST_P(Blake3, HashesManyLargeOnesAsOneByOne) {
    const Bytes data = random_bytes(600 * 1024 + 1, 3);
    std::vector<ByteView> inputs;
    for (const std::size_t chunks : {1, 63, 64, 65, 64, 64, 128, 511, 512, 513, 600, 7, 64}) {
        for (const int more : {-1, 0, 1}) {
            inputs.push_back(ByteView(data).first(chunks * 1024 + static_cast<std::size_t>(more)));
        }
    }
    std::vector<Digest> digests(inputs.size());
    hash_many(inputs, digests);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        const Digest expected = reference::hash(inputs[i]);
        EXPECT_EQ(digests[i], expected) << inputs[i].size();
        EXPECT_EQ(hash(inputs[i]), expected) << inputs[i].size();
    }
}

TEST_P(Blake3, AllocatesNothing) {
    const Bytes data = random_bytes(600 * 1024, 9);
    std::vector<ByteView> inputs;
    for (std::size_t size = 0; size < 100'000; size += 1 + size / 20) {
        inputs.push_back(ByteView(data).first(size));
    }
    std::vector<Digest> digests(inputs.size());
    const std::size_t before = test::count_of_allocations();
    hash_many(inputs, digests);
    digests[0] = hash(data);
    Hasher hasher;
    hasher.update(data);
    digests[1] = hasher.digest();
    EXPECT_EQ(test::count_of_allocations(), before);
    EXPECT_EQ(digests[0], digests[1]);
}

TEST_P(Blake3, DoesNotReadOrWriteBeyondItsBuffers) {
    // Heap blocks of the exact size, at every misalignment: AddressSanitizer sees what strays.
    const Bytes data = random_bytes(3300, 8);
    for (std::size_t size = 0; size < data.size(); size += 1 + size / 37) {
        const std::size_t shift = size % 17;
        const std::unique_ptr<std::uint8_t[]> exact(new std::uint8_t[size + shift]);
        std::copy_n(data.data(), size, exact.get() + shift);
        const ByteView input(exact.get() + shift, size);
        const std::array<ByteView, 3> inputs = {input, input.first(size / 2), input};
        std::array<Digest, 3> digests;
        hash_many(inputs, digests);
        EXPECT_EQ(digests[0], reference::hash(inputs[0]));
        EXPECT_EQ(digests[1], reference::hash(inputs[1]));
        EXPECT_EQ(digests[2], reference::hash(inputs[2]));
    }
}

TEST_P(Blake3, HashesPiecesOfAnySizeAsTheWhole) {
    const Bytes data = random_bytes(1500 * 1024 + 77, 4);
    std::mt19937 random(5);
    for (int run = 0; run < 120; ++run) {
        const std::size_t total = random() % (run % 8 == 0 ? data.size() : 40000);
        const std::size_t largest = std::size_t{1} << (5 + random() % 16);
        const ByteView input = ByteView(data).first(total);
        Hasher hasher;
        for (std::size_t at = 0; at < total;) {
            std::size_t size = std::min<std::size_t>(random() % largest, total - at);
            if (random() % 3 == 0) size = size / 1024 * 1024;
            hasher.update(input.subspan(at, size));
            at += size;
            // A digest on the way is that of the input so far and changes nothing.
            if (at < 20000 && random() % 16 == 0) {
                ASSERT_EQ(hasher.digest(), hash(input.first(at)));
            }
        }
        ASSERT_EQ(hasher.digest(), hash(input)) << total << " in pieces below " << largest;
    }
}

// As a large file is hashed: its pieces by themselves, in any order, and then joined.
TEST_P(Blake3, PiecesHashedApartGiveTheSameDigest) {
    const Bytes data = random_bytes(3 << 20, 12);
    std::mt19937 random(13);
    for (int run = 0; run < 120; ++run) {
        const std::size_t total = random() % (run % 4 == 0 ? data.size() : 40000);
        const std::size_t largest = std::size_t{1} << (5 + random() % 17);
        const ByteView input = ByteView(data).first(total);
        std::vector<std::pair<std::size_t, std::size_t>> pieces;
        for (std::size_t at = 0; at < total;) {
            std::size_t size = std::min<std::size_t>(random() % largest, total - at);
            if (random() % 3 == 0) size = size / 1024 * 1024;
            pieces.emplace_back(at, size);
            at += size;
        }
        std::vector<Part> parts(pieces.size());
        for (std::size_t i = pieces.size(); i-- > 0;)
            parts[i] = Part::of(input.subspan(pieces[i].first, pieces[i].second), pieces[i].first);
        Hasher hasher;
        for (std::size_t i = 0; i < pieces.size(); ++i) {
            const ByteView piece = input.subspan(pieces[i].first, pieces[i].second);
            if (random() % 8 == 0)
                hasher.update(piece);
            else
                hasher.append(parts[i], piece);
        }
        ASSERT_EQ(hasher.digest(), hash(input)) << total << " in pieces below " << largest;
    }
}

TEST_P(Blake3, StartsAfreshAfterReset) {
    Hasher hasher;
    hasher.update(random_bytes(5000, 6));
    hasher.reset();
    EXPECT_EQ(hasher.digest(), hash({}));
    hasher.update(as_bytes("abc"));
    EXPECT_EQ(hasher.digest(), hash(as_bytes("abc")));
}

// The high half of the chunk counter, which no input of test size reaches.
TEST_P(Blake3, CarriesTheWholeChunkCounter) {
    const Bytes data = random_bytes(40 * kChunk, 7);
    std::vector<Job> jobs;
    std::vector<std::array<std::uint8_t, kValue>> together(40), alone(40);
    for (std::size_t i = 0; i < 40; ++i) {
        const std::uint64_t counter = 0xfffffff0u + i;
        jobs.push_back(chunk_job(&data[i * kChunk], kChunk - i, counter, 0, together[i].data()));
    }
    kernel()(jobs.data(), jobs.size());
    for (std::size_t i = 0; i < 40; ++i) {
        jobs[i].out = alone[i].data();
        run_jobs_portable(&jobs[i], 1);
    }
    EXPECT_EQ(together, alone);
    EXPECT_NE(together[15], together[16]);
}

TEST_P(Blake3, EqualsB3sumOnRealFiles) {
    namespace fs = std::filesystem;
    if (std::system("b3sum --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "no b3sum";
    std::vector<fs::path> files;
    for (const char* folder : {"/usr/bin", "/usr/lib/gcc", "/usr/share/doc"}) {
        std::error_code error;
        auto it = fs::recursive_directory_iterator(folder, error);
        for (std::size_t taken = 0; !error && it != fs::end(it) && taken < 60;
             it.increment(error)) {
            const std::string path = it->path();
            if (it->is_symlink(error) || !it->is_regular_file(error)) continue;
            if (path.find_first_of("\\\"'`$\n ") != std::string::npos) continue;
            if (it->file_size(error) > 8u << 20) continue;
            files.push_back(it->path());
            ++taken;
        }
    }
    if (files.empty()) GTEST_SKIP() << "no files to compare";
    std::string command = "b3sum --no-names";
    for (const auto& file : files) command += " '" + file.string() + "'";
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
    ASSERT_NE(pipe, nullptr);
    std::vector<Bytes> contents;
    std::vector<ByteView> inputs;
    for (const auto& file : files) {
        std::ifstream stream(file, std::ios::binary);
        contents.emplace_back(std::istreambuf_iterator<char>(stream),
                              std::istreambuf_iterator<char>());
    }
    for (const auto& content : contents) inputs.push_back(content);
    std::vector<Digest> digests(inputs.size());
    hash_many(inputs, digests);
    for (std::size_t i = 0; i < files.size(); ++i) {
        char line[128] = {};
        ASSERT_NE(std::fgets(line, sizeof line, pipe.get()), nullptr) << files[i];
        const std::string expected = std::string(line).substr(0, 64);
        EXPECT_EQ(digests[i].hex(), expected) << files[i];
        EXPECT_EQ(hash(inputs[i]).hex(), expected) << files[i];
    }
}

}  // namespace
}  // namespace holt::blake3
