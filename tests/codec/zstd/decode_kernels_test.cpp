// Proves: the decoding loops of all instruction sets give the same bytes, the same errors and the
// same places, on good and on bad input.
#include "codec/zstd/decode/decode_kernels.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "codec/cpu.h"
#include "codec/zstd/decode_support.h"

namespace holt::zstd::test {
namespace {

Decompressor decompressor_for(codec::CpuLevel level) {
    EXPECT_TRUE(codec::force_cpu_level(level));
    Decompressor decompressor;
    codec::force_cpu_level(std::nullopt);
    return decompressor;
}

/// Decodes `frame`, and `rounds` damaged forms of it, with all kernels: all must say the same, and
/// the right thing of the frame itself.
class Kernels {
  public:
    Kernels()
        : portable_(decompressor_for(codec::CpuLevel::portable)),
          fast_(decompressor_for(codec::CpuLevel::avx2)) {}

    void check(const Bytes& frame, const Content& content, int rounds) {
        const std::size_t size = content.bytes.size();
        Bytes a(size), b(size);
        for (int round = 0; round <= rounds; ++round) {
            Bytes damaged = frame;
            if (round > 0)
                damaged[random_() % damaged.size()] ^=
                    static_cast<std::uint8_t>(1u << random_() % 8);
            const auto of_a = portable_.decompress(damaged, a);
            const auto of_b = fast_.decompress(damaged, b);
            ASSERT_EQ(of_a.has_value(), of_b.has_value()) << content.name;
            if (of_a) {
                ASSERT_EQ(*of_a, *of_b);
                ASSERT_TRUE(a == b) << content.name;
            } else {
                ASSERT_EQ(of_a.error().code, of_b.error().code) << content.name;
                ASSERT_EQ(of_a.error().input_offset, of_b.error().input_offset) << content.name;
            }
            if (round == 0) {
                ASSERT_TRUE(of_a && a == content.bytes) << content.name;
            }
        }
    }

  private:
    Decompressor portable_;
    Decompressor fast_;
    std::mt19937 random_{51};
};

class DecodeKernels : public testing::Test {
  protected:
    void SetUp() override {
        if (codec::detected_cpu_level() == codec::CpuLevel::portable)
            GTEST_SKIP() << "this processor has one set of kernels only";
    }
};

TEST_F(DecodeKernels, AgreeOnGoodAndBadFrames) {
    Kernels kernels;
    for (const std::size_t size : {200, 3000, 200'000})
        for (const Content& content : contents(size))
            for (const int level : {1, 6, 19})
                kernels.check(reference_frame(content.bytes, {.level = level}), content,
                              size > 100'000 ? 4 : 100);
}

// Proves: Huffman tables of every depth give the right bytes, one symbol and two symbols a look-up.
TEST_F(DecodeKernels, AgreeOnLiteralsOfEveryDepth) {
    Kernels kernels;
    std::mt19937 random(52);
    // The n-th symbol is `ratio` times as frequent as the one before it.
    for (const double ratio : {0.5, 0.7, 0.85, 0.93, 0.97, 0.995}) {
        for (const std::size_t symbols : {2, 3, 5, 17, 60, 250}) {
            for (const std::size_t size : {900, 9000, 30'000, 140'000}) {
                std::vector<double> shares(symbols, 1);
                for (std::size_t i = 1; i < symbols; ++i) shares[i] = shares[i - 1] * ratio;
                std::discrete_distribution<int> draw(shares.begin(), shares.end());
                Bytes bytes(size);
                for (auto& byte : bytes) byte = static_cast<std::uint8_t>(draw(random) * 37);
                const Content content = {std::to_string(ratio) + " " + std::to_string(symbols),
                                         bytes};
                kernels.check(reference_frame(bytes, {.level = 1}), content, size < 1000 ? 20 : 2);
            }
        }
    }
}

// Proves: lengths around 2^16, which the fast loop has no room for, and offsets of each size.
TEST_F(DecodeKernels, AgreeOnLongLengthsAndOffsets) {
    Kernels kernels;
    for (const std::size_t length : {65'530, 65'534, 65'535, 65'536, 65'537, 65'538, 65'539, 65'540,
                                     65'541, 65'542, 65'550, 100'000, 130'000}) {
        // Literals of that length, and a match; a match of that length, and literals.
        Bytes bytes = random_bytes(length, static_cast<unsigned>(length));
        bytes.insert(bytes.end(), bytes.begin() + 100, bytes.begin() + 600);
        const std::string name = std::to_string(length);
        kernels.check(reference_frame(bytes), {name + " literals", bytes}, 3);
        for (const std::size_t period : {1, 2, 3, 15, 16, 17, 31, 32, 33, 1000}) {
            Bytes runs = random_bytes(period + 50, 7);
            while (runs.size() < length + period + 50) runs.push_back(runs[runs.size() - period]);
            const Bytes end = text_like(500, 8);
            runs.insert(runs.end(), end.begin(), end.end());
            kernels.check(reference_frame(runs), {name + " matched", runs}, 3);
        }
    }
}

}  // namespace
}  // namespace holt::zstd::test
