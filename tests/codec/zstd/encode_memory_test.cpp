// Proves: reused encoders allocate nothing after their first use at a size.
#include <gtest/gtest.h>
#include <malloc.h>

#include "codec/count_allocations.h"
#include "codec/zstd/encode/compress.h"
#include "encode_inputs.h"

namespace holt::zstd {
namespace {

/// What the C heap holds in bytes: the encoder's arena is taken there, as zeroed pages.
std::size_t heap_in_use() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return 0;
#else
    const auto info = mallinfo2();
    return info.uordblks + info.hblkhd;
#endif
}

TEST(ZstdEncodeMemory, AReusedCompressorAllocatesNothing) {
    for (const int level : {-1, 1, 3, 5, 9, 13, 16, 19}) {
        Compressor compressor({.level = level, .checksum = true});
        const Bytes large = test::make_input(test::Kind::mixed, 150000, 1);
        Bytes out(compress_bound(large.size()));
        std::size_t before = 0;
        std::size_t heap = 0;
        for (int round = 0; round < 3; ++round) {
            // The first round sees each class of sizes once: they differ in their tables.
            for (const std::size_t size : {0u, 1u, 1000u, 20000u, 150000u, 140000u, 4096u}) {
                ASSERT_TRUE(compressor.compress(ByteView(large).first(size), out));
            }
            if (round > 0) continue;
            before = holt::test::count_of_allocations();
            heap = heap_in_use();
        }
        EXPECT_EQ(holt::test::count_of_allocations(), before) << "level " << level;
        EXPECT_EQ(heap_in_use(), heap) << "level " << level;
    }
}

TEST(ZstdEncodeMemory, AReusedStreamAllocatesNothing) {
    CompressStream compressor({.level = 3});
    const Bytes input = test::make_input(test::Kind::mixed, 300000, 2);
    Bytes out(compress_bound(input.size()));
    std::size_t before = 0;
    for (int round = 0; round < 3; ++round) {
        const auto progress = compressor.run(input, out, CompressStream::Flush::end);
        ASSERT_TRUE(progress && progress->done);
        if (round == 0) before = holt::test::count_of_allocations();
    }
    EXPECT_EQ(holt::test::count_of_allocations(), before);
}

}  // namespace
}  // namespace holt::zstd
