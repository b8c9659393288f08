#include "store/format/pack_format.h"

#include <gtest/gtest.h>

#include "store/samples.h"

namespace holt::store {
namespace {

using test::for_each_mutation;
using test::sample_digest;

using test::sample_footer;
using Sample = test::SampleFooter;

TEST(PackFooter, RoundTrips) {
    const Sample sample = sample_footer();
    const Result<PackFooter> back =
        decode_footer(encode_footer(sample.footer), sample.footer_offset, "p");
    ASSERT_TRUE(back) << back.error().message();
    ASSERT_EQ(back->blocks.size(), 3u);
    ASSERT_EQ(back->chunks.size(), 6u);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(back->blocks[i].offset, sample.footer.blocks[i].offset);
        EXPECT_EQ(back->blocks[i].stored_digest, sample.footer.blocks[i].stored_digest);
    }
    for (std::size_t i = 0; i < 6; ++i) {
        EXPECT_EQ(back->chunks[i].digest, sample.footer.chunks[i].digest);
        EXPECT_EQ(back->chunks[i].kind, sample.footer.chunks[i].kind);
        EXPECT_EQ(back->chunks[i].block, sample.footer.chunks[i].block);
        EXPECT_EQ(back->chunks[i].offset, sample.footer.chunks[i].offset);
        EXPECT_EQ(back->chunks[i].length, sample.footer.chunks[i].length);
    }
}

TEST(PackFooter, EmptyPackIsTheSmallest) {
    const Bytes raw = encode_footer({});
    EXPECT_EQ(raw.size(), kMinFooterRaw);
    EXPECT_TRUE(decode_footer(raw, kPackHeaderSize, "p"));
    EXPECT_FALSE(decode_footer(raw, kPackHeaderSize + 1, "p"));
    EXPECT_FALSE(decode_footer(raw, 0, "p"));
}

// What is accepted is canonical, and blocks end exactly at the footer.
TEST(PackFooter, MutationsAreRefusedOrCanonical) {
    const Sample sample = sample_footer();
    for_each_mutation(encode_footer(sample.footer), 50'000, 3, [&](const Bytes& raw) {
        const Result<PackFooter> back = decode_footer(raw, sample.footer_offset, "p");
        if (!back) {
            // Some changes look like what a later version wrote.
            EXPECT_TRUE(back.error().kind == ErrorKind::corrupt ||
                        back.error().kind == ErrorKind::no_store);
            return;
        }
        EXPECT_EQ(encode_footer(*back), raw);
        EXPECT_EQ(back->blocks.back().offset + back->blocks.back().stored_size,
                  sample.footer_offset);
    });
}

TEST(PackFooter, RefusesImpossibleBlocks) {
    const auto accepts = [](auto&& change) {
        Sample sample = sample_footer();
        change(sample);
        return decode_footer(encode_footer(sample.footer), sample.footer_offset, "p").has_value();
    };
    EXPECT_TRUE(accepts([](Sample&) {}));
    EXPECT_FALSE(accepts([](Sample& s) { ++s.footer_offset; }));
    EXPECT_FALSE(accepts([](Sample& s) { --s.footer_offset; }));
    EXPECT_FALSE(accepts([](Sample& s) { s.footer_offset = ~std::uint64_t{0}; }));
    // A raw block whose two sizes differ; a frame larger than any frame of that content.
    EXPECT_FALSE(accepts([](Sample& s) {
        ++s.footer.blocks[0].stored_size;
        ++s.footer_offset;
    }));
    EXPECT_FALSE(accepts([](Sample& s) {
        s.footer.blocks[1].stored_size = 500;
        s.footer_offset += 500 - 77;
    }));
    // Larger than a block may be; empty; chunks that do not fill it, or go beyond it; empty chunks.
    EXPECT_FALSE(accepts([](Sample& s) {
        ++s.footer.blocks[2].raw_size;
        ++s.footer.chunks[5].length;
    }));
    EXPECT_FALSE(accepts([](Sample& s) { s.footer.chunks[2].length = 2; }));
    EXPECT_FALSE(accepts([](Sample& s) { --s.footer.chunks[5].length; }));
    EXPECT_FALSE(accepts([](Sample& s) {
        s.footer.chunks[0].length = 0;
        s.footer.chunks[1].length = 599;
    }));
    EXPECT_FALSE(accepts([](Sample& s) { s.footer.blocks[0].codec = static_cast<BlockCodec>(2); }));
    EXPECT_FALSE(accepts([](Sample& s) { s.footer.chunks[0].kind = static_cast<ChunkKind>(4); }));
    EXPECT_FALSE(accepts([](Sample& s) { s.footer.chunks[0].kind = static_cast<ChunkKind>(0); }));
}

// One chunk of one byte in each block, all chunks more in the last one.
PackFooter footer_of(std::size_t blocks, std::size_t chunks) {
    PackFooter footer;
    for (std::size_t i = 0; i < chunks; ++i) {
        const std::size_t block = std::min(i, blocks - 1);
        const auto offset = static_cast<std::uint32_t>(i - block);
        footer.chunks.push_back(
            {sample_digest(0), ChunkKind::data, static_cast<std::uint32_t>(block), offset, 1});
    }
    for (std::size_t i = 0; i < blocks; ++i) {
        const auto size = static_cast<std::uint32_t>(i + 1 < blocks ? 1 : chunks - blocks + 1);
        footer.blocks.push_back({kPackHeaderSize + i, size, size, BlockCodec::raw,
                                 BlockTransform::none, sample_digest(0)});
    }
    return footer;
}

// What a reader takes memory for is bounded, whatever a footer says.
TEST(PackFooter, RefusesMoreBlocksOrChunksThanAPackMayHave) {
    const auto accepts = [](std::size_t blocks, std::size_t chunks) {
        const PackFooter footer = footer_of(blocks, chunks);
        return decode_footer(encode_footer(footer), kPackHeaderSize + chunks, "p").has_value();
    };
    EXPECT_TRUE(accepts(kMaxPackBlocks, kMaxPackBlocks));
    EXPECT_FALSE(accepts(kMaxPackBlocks + 1, kMaxPackBlocks + 1));
    EXPECT_TRUE(accepts(1, kMaxPackChunks));
    EXPECT_FALSE(accepts(1, kMaxPackChunks + 1));
}

PackTrailer sample_trailer() {
    return {.footer_offset = 1000,
            .footer_stored = 500,
            .footer_raw = 900,
            .footer_digest = sample_digest(1)};
}
constexpr std::uint64_t kSampleFileSize = 1564;

TEST(PackTrailer, RoundTrips) {
    const PackTrailerBytes bytes = encode_trailer(sample_trailer());
    const Result<PackTrailer> back = decode_trailer(bytes, kSampleFileSize, "p");
    ASSERT_TRUE(back) << back.error().message();
    EXPECT_EQ(*back, sample_trailer());
}

// Every bit but those of the digest and of the raw length, which are checked against the footer
// itself, is wrong when it is changed.
TEST(PackTrailer, EveryBitIsChecked) {
    const PackTrailerBytes good = encode_trailer(sample_trailer());
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
        PackTrailerBytes bytes = good;
        bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ 1u << bit % 8);
        const Result<PackTrailer> back = decode_trailer(bytes, kSampleFileSize, "p");
        if (!back) continue;
        EXPECT_TRUE(bit / 8 >= 12 && bit / 8 < 48) << bit;
        EXPECT_NE(*back, sample_trailer());
    }
}

TEST(PackTrailer, RefusesPlacesOutsideTheFile) {
    const auto accepts = [](PackTrailer trailer, std::uint64_t size) {
        return decode_trailer(encode_trailer(trailer), size, "p").has_value();
    };
    PackTrailer trailer = sample_trailer();
    EXPECT_FALSE(accepts(trailer, kSampleFileSize + 1));
    EXPECT_FALSE(accepts(trailer, 0));
    EXPECT_FALSE(accepts(trailer, 95));
    trailer.footer_offset = ~std::uint64_t{0} - 100;
    EXPECT_FALSE(accepts(trailer, kSampleFileSize));
    trailer = sample_trailer();
    trailer.footer_offset = 31;
    trailer.footer_stored = static_cast<std::uint32_t>(kSampleFileSize - 64 - 31);
    EXPECT_FALSE(accepts(trailer, kSampleFileSize));
    trailer = sample_trailer();
    trailer.footer_raw = kMinFooterRaw - 1;
    EXPECT_FALSE(accepts(trailer, kSampleFileSize));
    trailer.footer_raw = kMaxFooterRaw + 1;
    EXPECT_FALSE(accepts(trailer, kSampleFileSize));
}

TEST(PackHeader, EveryByteIsChecked) {
    const PackHeaderBytes good = encode_header();
    EXPECT_TRUE(check_header(good, "p"));
    for (std::size_t i = 0; i < good.size(); ++i) {
        PackHeaderBytes bytes = good;
        ++bytes[i];
        EXPECT_FALSE(check_header(bytes, "p")) << i;
        EXPECT_FALSE(check_header(ByteView(good).first(i), "p")) << i;
    }
}

TEST(PackName, IsFoldedByItsFirstByte) {
    Digest id;
    id.bytes[0] = 0xab;
    EXPECT_EQ(pack_file_name(id), "ab/ab" + std::string(62, '0') + ".pack");
    EXPECT_EQ(pack_object(id), "packs/" + pack_file_name(id));
}

}  // namespace
}  // namespace holt::store
