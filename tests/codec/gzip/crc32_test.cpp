// The CRC of nothing, and of a whole from those of its pieces.
#include "codec/gzip/crc32.h"

#include <gtest/gtest.h>
#include <libdeflate.h>

#include "codec/gzip/gzip_support.h"

namespace holt::gzip {
namespace {

using test::noise;

TEST(Crc32, OfNothingIsWhatCameBefore) {
    EXPECT_EQ(crc32(0x12345678, {}), 0x12345678u);
    EXPECT_EQ(crc32(0, as_bytes("123456789")), 0xCBF43926u);
    EXPECT_EQ(crc32_combine(0xCBF43926, 0, 0), 0xCBF43926u);
}

TEST(Crc32, TheCrcOfTwoPiecesIsThatOfTheWhole) {
    const std::string content = noise(70'000);
    const std::uint32_t whole = libdeflate_crc32(0, content.data(), content.size());
    for (const std::size_t at : {0, 1, 7, 4096, 65'537, 70'000}) {
        const std::uint32_t first = libdeflate_crc32(0, content.data(), at);
        const std::uint32_t second = libdeflate_crc32(0, content.data() + at, content.size() - at);
        EXPECT_EQ(crc32_combine(first, second, content.size() - at), whole) << at;
    }
}

}  // namespace
}  // namespace holt::gzip
