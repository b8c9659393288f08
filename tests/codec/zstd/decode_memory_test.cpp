// Proves: a reused decoder allocates nothing, and a stream takes memory for content, not for
// claims.
#include <gtest/gtest.h>

#include "codec/count_allocations.h"
#include "codec/zstd/decode/decompress_window.h"
#include "codec/zstd/decode_support.h"

namespace holt::zstd::test {
namespace {

TEST(DecodeMemory, ReusedDecoderAllocatesNothing) {
    const Bytes content = text_like(500'000, 61);
    const Bytes large = reference_frame(content, {.checksum = true});
    const Bytes small = reference_frame(ByteView(content).first(1000), {.level = 19});
    Bytes out(content.size());
    Decompressor decompressor;
    DecompressStream stream;
    const auto use_both = [&] {
        for (const Bytes* of : {&large, &small}) {
            const Bytes& frame = *of;
            ASSERT_TRUE(decompressor.decompress(frame, out));
            for (std::size_t at = 0; at < frame.size(); at += 1000) {
                const ByteView rest = ByteView(frame).subspan(at);
                ASSERT_TRUE(stream.run(rest.first(std::min<std::size_t>(1000, rest.size())), out));
            }
        }
    };
    use_both();
    const std::size_t before = holt::test::count_of_allocations();
    use_both();
    EXPECT_EQ(holt::test::count_of_allocations() - before, 0u);
}

TEST(DecodeMemory, WindowGrowsWithContentUpToItsSize) {
    DecodeWindow window;
    window.begin(std::uint64_t{100} << 20, 128 << 10, {});
    EXPECT_EQ(window.capacity(), 0u);
    for (int block = 0; block < 20; ++block) {
        ASSERT_TRUE(window.make_room());
        window.fill(128 << 10);
    }
    EXPECT_LE(window.capacity(), 8u << 20);
    DecodeWindow small;
    small.begin(1 << 20, 128 << 10, {});
    for (int block = 0; block < 1000; ++block) {
        ASSERT_TRUE(small.make_room());
        small.fill(128 << 10);
    }
    EXPECT_LE(small.capacity(), (1u << 20) + 2 * ((128u << 10) + 64));
}

}  // namespace
}  // namespace holt::zstd::test
