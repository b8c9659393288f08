// Proves: what is written through holes reads back the same, whatever the pieces, and whole blocks
// of zeros are never written.
#include "fs/staging/sparse_writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace holt::fs {
namespace {

constexpr std::size_t kBlock = 4096;

struct Written {
    Bytes file;
    std::uint64_t bytes = 0;
};

/// The file that becomes of `content`, given in pieces of that size from `begin` on.
Written write(const Bytes& content, std::size_t piece, std::uint64_t begin) {
    Written out;
    SparseWriter writer(
        [&](std::uint64_t offset, ByteView bytes) -> Status {
            if (out.file.size() < offset + bytes.size()) out.file.resize(offset + bytes.size());
            std::ranges::copy(bytes, out.file.begin() + static_cast<std::ptrdiff_t>(offset));
            out.bytes += bytes.size();
            return {};
        },
        begin);
    for (std::size_t at = 0; at < content.size(); at += piece)
        EXPECT_TRUE(
            writer.write(ByteView(content).subspan(at, std::min(piece, content.size() - at))));
    EXPECT_TRUE(writer.finish());
    EXPECT_EQ(writer.end(), begin + content.size());
    return out;
}

TEST(SparseWriterTest, AnyContentInAnyPiecesReadsBack) {
    std::mt19937 random(3);
    const auto below = [&random](std::size_t end) {
        return static_cast<std::size_t>(random()) % end;
    };
    for (int round = 0; round < 200; ++round) {
        Bytes content;
        const std::size_t parts = below(6);
        for (std::size_t i = 0; i < parts; ++i) {
            const std::size_t size = below(3 * kBlock);
            content.resize(content.size() + size, below(2) == 0 ? 0 : 'x');
        }
        const std::uint64_t begin = below(3) == 0 ? below(2 * kBlock) : 0;
        const Written out = write(content, 1 + below(2 * kBlock), begin);
        Bytes expected(content.empty() ? 0 : static_cast<std::size_t>(begin));
        expected.insert(expected.end(), content.begin(), content.end());
        ASSERT_TRUE(out.file == expected) << round;
    }
}

TEST(SparseWriterTest, WholeBlocksOfZerosAreNotWritten) {
    const Bytes zeros(100 * kBlock);
    EXPECT_EQ(write(zeros, 10 * kBlock, 0).bytes, 1u) << "but the last byte";
    Bytes between = zeros;
    between[50 * kBlock + 7] = 1;
    EXPECT_EQ(write(between, 8 * kBlock, 0).bytes, kBlock + 1);
    // Not at a block's beginning: what is left of it, and the last one, are written.
    EXPECT_EQ(write(zeros, 100 * kBlock, 1).bytes, kBlock);
}

}  // namespace
}  // namespace holt::fs
