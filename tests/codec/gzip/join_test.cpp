// Pieces of a file that are compressed each for itself and become one deflate stream, and the CRC
// of the whole from those of the pieces.
#include "codec/gzip/join.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "codec/gzip/block_encoder.h"
#include "codec/gzip/crc32.h"

namespace holt::gzip {
namespace {

std::string content(int kind, std::size_t size) {
    std::mt19937 random(static_cast<unsigned>(size) + static_cast<unsigned>(kind));
    std::string text;
    while (text.size() < size)
        text += kind == 0   ? static_cast<char>(random())
                : kind == 1 ? 'x'
                            : "abcdef\n"[random() % 7];
    return text;
}

TEST(Join, PiecesOfEveryKindBecomeOneStream) {
    InflateStream scratch, reader;
    for (const int level : {1, 2, 6, 9, 12}) {
        BlockEncoder encoder(plan_of(level));
        std::string whole;
        Bytes stream;
        std::uint32_t crc = 0;
        for (int i = 0; i < 60; ++i) {
            const std::size_t sizes[] = {1, 2, 7, 100, 5000, 70'000, 400'000};
            const std::string piece = content(i % 3, sizes[i % 7]);
            Bytes out(BlockEncoder::deflate_bound(piece.size()) + kOpenEnd);
            std::size_t size = encoder.deflate(as_bytes(piece), out);
            if (i < 59) size = open_end(out, size, scratch);
            ASSERT_LE(size, out.size());
            stream.insert(stream.end(), out.begin(),
                          out.begin() + static_cast<std::ptrdiff_t>(size));
            whole += piece;
            crc = crc32_combine(crc, crc32(0, as_bytes(piece)), piece.size());
        }
        EXPECT_EQ(crc, crc32(0, as_bytes(whole)));
        reader.reset();
        std::string got;
        for (ByteView rest = stream;;) {
            const auto step = reader.run(rest);
            rest = rest.subspan(step.consumed);
            got += as_text(step.output);
            ASSERT_FALSE(step.malformed) << level;
            if (!step.finished) continue;
            EXPECT_EQ(rest.size() + step.surplus, 0u);
            break;
        }
        EXPECT_TRUE(got == whole) << level;
    }
}

TEST(Crc32, OfNothingIsWhatCameBefore) {
    EXPECT_EQ(crc32(0x12345678, {}), 0x12345678u);
    EXPECT_EQ(crc32(0, as_bytes("123456789")), 0xCBF43926u);
    EXPECT_EQ(crc32_combine(0xCBF43926, 0, 0), 0xCBF43926u);
}

}  // namespace
}  // namespace holt::gzip
