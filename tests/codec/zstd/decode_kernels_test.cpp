// Proves: the decoding loops of all instruction sets give the same bytes, the same errors and the
// same places, on good and on bad input.
#include "codec/zstd/decode_kernels.h"

#include <gtest/gtest.h>

#include <random>

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

TEST(DecodeKernels, AgreeOnGoodAndBadFrames) {
    if (codec::detected_cpu_level() == codec::CpuLevel::portable)
        GTEST_SKIP() << "this processor has one set of kernels only";
    Decompressor portable = decompressor_for(codec::CpuLevel::portable);
    Decompressor fast = decompressor_for(codec::CpuLevel::avx2);
    std::mt19937 random(51);
    for (const std::size_t size : {200, 3000, 200'000}) {
        for (const Content& content : contents(size)) {
            for (const int level : {1, 6, 19}) {
                const Bytes frame = reference_frame(content.bytes, {.level = level});
                for (int round = 0; round < (size > 100'000 ? 5 : 100); ++round) {
                    Bytes bad = frame;
                    if (round > 0)
                        bad[random() % bad.size()] ^= static_cast<std::uint8_t>(1 << random() % 8);
                    Bytes a(size), b(size);
                    const auto of_a = portable.decompress(bad, a);
                    const auto of_b = fast.decompress(bad, b);
                    ASSERT_EQ(of_a.has_value(), of_b.has_value());
                    if (of_a) {
                        ASSERT_EQ(*of_a, *of_b);
                        ASSERT_TRUE(a == b) << content.name;
                    } else {
                        ASSERT_EQ(of_a.error().code, of_b.error().code);
                        ASSERT_EQ(of_a.error().input_offset, of_b.error().input_offset);
                    }
                }
            }
        }
    }
}

}  // namespace
}  // namespace holt::zstd::test
