// Pieces of a file that are compressed each for itself and become one deflate stream.
#include "codec/gzip/open_end.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "codec/gzip/block_encoder.h"
#include "codec/gzip/crc32.h"
#include "codec/gzip/inflate.h"

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

TEST(OpenEnd, PiecesOfEveryKindBecomeOneStream) {
    InflateStream reader;
    for (const int level : {1, 2, 6, 9, 12}) {
        BlockEncoder encoder(plan_of(level));
        std::string whole;
        Bytes stream;
        std::uint32_t crc = 0;
        for (int i = 0; i < 60; ++i) {
            const std::size_t sizes[] = {1, 2, 7, 100, 5000, 70'000, 400'000};
            const std::string piece = content(i % 3, sizes[i % 7]);
            Bytes out(BlockEncoder::part_bound(piece.size()));
            const auto part = encoder.encode_part(
                as_bytes(piece), i < 59 ? StreamEnd::joint : StreamEnd::last_block, out);
            const std::size_t size = part.size;
            ASSERT_LE(size, out.size());
            ASSERT_EQ(part.crc, crc32(0, as_bytes(piece)));
            stream.insert(stream.end(), out.begin(),
                          out.begin() + static_cast<std::ptrdiff_t>(size));
            whole += piece;
            crc = crc32_combine(crc, part.crc, piece.size());
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

}  // namespace
}  // namespace holt::gzip
