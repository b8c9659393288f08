// Streams with joints, decoded in parallel, against the same on one thread and against zlib: the
// same bytes, the same verdict, and of a damaged stream the same content and about the same place,
// wherever the four bytes of a joint stand, whatever looks back across one.
#include "codec/gzip/member_stream.h"

#include <gtest/gtest.h>
#include <libdeflate.h>
#include <zlib.h>

#include <algorithm>
#include <random>

#include "codec/gzip/gzip_support.h"
#include "codec/gzip/open_end.h"

namespace holt::gzip {
namespace {

using test::noise;
using test::sample;

/// A raw deflate stream of zlib, flushed after each piece in the way that `flush` says.
std::string flushed(const std::string& content, int level, std::size_t piece, int flush) {
    z_stream stream{};
    deflateInit2(&stream, level, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    std::string out(content.size() * 2 + 100'000, '\0');
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    for (std::size_t at = 0; at < content.size(); at += piece) {
        stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data() + at));
        stream.avail_in = static_cast<uInt>(std::min(piece, content.size() - at));
        deflate(&stream, flush);
    }
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

/// What is in a raw deflate stream by zlib; `whole` when it ends.
struct Reference {
    std::string content;
    bool whole = false;
};
Reference by_zlib(const std::string& bytes) {
    z_stream stream{};
    inflateInit2(&stream, -MAX_WBITS);
    Reference result;
    std::string room(1 << 16, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    int code = Z_OK;
    while (code == Z_OK) {
        stream.next_out = reinterpret_cast<Bytef*>(room.data());
        stream.avail_out = static_cast<uInt>(room.size());
        code = inflate(&stream, Z_NO_FLUSH);
        result.content.append(room, 0, room.size() - stream.avail_out);
    }
    result.whole = code == Z_STREAM_END;
    inflateEnd(&stream);
    return result;
}

struct Decoded {
    ErrorCode code = ErrorCode::ok;
    std::string content;
    std::uint64_t offset = 0;  // of what is next in the input
    std::uint32_t crc = 0;
};
/// Joints count from the first byte of content on, so that small streams are enough.
constexpr StretchTuning kEager{.joint_after = 1, .patience = 1, .enough = 1};

Decoded decoded(const std::string& bytes, unsigned threads, Supply supply, std::size_t piece,
                StretchTuning tuning = kEager) {
    const Read read = test::reading(bytes, piece);
    Reader reader(read);
    Decoded result;
    MemberStream stream(
        reader,
        [&](ByteView content) {
            result.content += as_text(content);
            return ErrorCode::ok;
        },
        threads, supply, tuning);
    result.code = stream.decode();
    result.offset = reader.offset();
    result.crc = stream.crc();
    if (result.code == ErrorCode::ok) {
        EXPECT_EQ(stream.length(), result.content.size());
    }
    return result;
}

/// One thread, and several in every way, give what zlib gives.
void compare(const std::string& bytes) {
    const Reference reference = by_zlib(bytes);
    const Decoded one = decoded(bytes, 1, Supply::as_it_comes, bytes.size());
    ASSERT_EQ(one.code == ErrorCode::ok, reference.whole);
    ASSERT_TRUE(!reference.whole || one.content == reference.content);
    for (const Supply supply : {Supply::as_it_comes, Supply::ready}) {
        for (const std::size_t piece : {bytes.size(), std::size_t{1000}}) {
            const Decoded many = decoded(bytes, 3, supply, piece);
            ASSERT_EQ(describe(many.code), describe(one.code));
            ASSERT_EQ(many.content.size(), one.content.size());
            ASSERT_TRUE(many.content == one.content);
            if (one.code == ErrorCode::ok) {
                ASSERT_EQ(many.offset, one.offset);
                ASSERT_EQ(many.crc, one.crc);
                ASSERT_EQ(many.crc, libdeflate_crc32(0, one.content.data(), one.content.size()));
            } else {
                // Up to 8 bytes are taken ahead of what is looked at.
                ASSERT_LE(std::max(many.offset, one.offset) - std::min(many.offset, one.offset),
                          16u);
            }
        }
    }
}

/// Noise in which the four bytes of a joint stand often.
std::string noise_with_joints(std::size_t size) {
    std::string bytes = noise(size);
    const std::string joint(kJoint.begin(), kJoint.end());
    for (std::size_t at = 7; at + 4 < size; at += 1 + at * 37 % 900) bytes.replace(at, 4, joint);
    return bytes;
}

TEST(MemberStream, JointsThatNothingLooksBackAcross) {
    const std::string content = sample(150'000) + noise(40'000) + std::string(300'000, 'x');
    for (const int level : {0, 1, 6, 9})
        for (const std::size_t piece : {std::size_t{100}, std::size_t{3000}, std::size_t{70'000}})
            ASSERT_NO_FATAL_FAILURE(compare(flushed(content, level, piece, Z_FULL_FLUSH)))
                << level << ' ' << piece;
}

// Z_SYNC_FLUSH writes the same bytes, and keeps the window: so does pigz without -i.
TEST(MemberStream, JointsThatMatchesLookBackAcross) {
    const std::string content = sample(200'000);
    for (const std::size_t piece : {std::size_t{100}, std::size_t{3000}, std::size_t{70'000}})
        ASSERT_NO_FATAL_FAILURE(compare(flushed(content, 6, piece, Z_SYNC_FLUSH))) << piece;
    std::string mixed = flushed(content, 6, 3000, Z_FULL_FLUSH);
    ASSERT_NO_FATAL_FAILURE(compare(mixed));
}

TEST(MemberStream, BytesOfJointsInsideOfStoredBlocks) {
    const std::string content = noise_with_joints(200'000) + sample(50'000);
    for (const int flush : {Z_FULL_FLUSH, Z_SYNC_FLUSH, Z_NO_FLUSH})
        for (const int level : {0, 6})
            for (const std::size_t piece : {std::size_t{777}, std::size_t{30'000}})
                ASSERT_NO_FATAL_FAILURE(compare(flushed(content, level, piece, flush)))
                    << flush << ' ' << level << ' ' << piece;
}

// The content is a file of the same kind: true joints of another stream, in stored blocks.
TEST(MemberStream, AStreamWithJointsInsideOfAnother) {
    const std::string inner = flushed(sample(300'000), 6, 2000, Z_FULL_FLUSH);
    const std::string content = sample(20'000) + inner + sample(20'000) + inner;
    ASSERT_NO_FATAL_FAILURE(compare(flushed(content, 0, 65'535, Z_NO_FLUSH)));
    ASSERT_NO_FATAL_FAILURE(compare(flushed(content, 6, 5000, Z_FULL_FLUSH)));
}

TEST(MemberStream, DamageGivesTheSameContentOnAnyNumberOfThreads) {
    std::mt19937 random(11);
    const std::string content = sample(60'000) + noise_with_joints(20'000) + sample(60'000);
    for (const int flush : {Z_FULL_FLUSH, Z_SYNC_FLUSH}) {
        const std::string whole = flushed(content, 6, 4000, flush);
        for (int round = 0; round < 150; ++round) {
            std::string bytes = whole;
            for (unsigned i = 0; i <= random() % 3; ++i)
                bytes[random() % bytes.size()] ^= static_cast<char>(1 << random() % 8);
            if (random() % 4 == 0) bytes.resize(random() % bytes.size());
            ASSERT_NO_FATAL_FAILURE(compare(bytes)) << round;
        }
    }
}

// What is behind the stream stays for whoever reads the trailer.
TEST(MemberStream, StopsBehindItsEnd) {
    const std::string stream = flushed(sample(100'000), 6, 5000, Z_FULL_FLUSH);
    for (const std::size_t behind : {std::size_t{1}, std::size_t{8}, std::size_t{40'000}}) {
        const std::string bytes = stream + flushed(sample(behind), 6, 500, Z_FULL_FLUSH);
        const Decoded one = decoded(bytes, 1, Supply::as_it_comes, bytes.size());
        const Decoded many = decoded(bytes, 3, Supply::ready, bytes.size());
        EXPECT_EQ(one.offset, stream.size());
        EXPECT_EQ(many.offset, stream.size());
        EXPECT_TRUE(many.content == one.content);
    }
}

// As programs use it: parts of a MiB and more, whose content may be more than a stretch can have.
TEST(MemberStream, OurPartsAndOnesThatAreTooLarge) {
    const std::string zeros(40 << 20, '\0');
    ASSERT_TRUE(
        decoded(flushed(zeros, 9, 9 << 20, Z_FULL_FLUSH), 3, Supply::ready, 100'000, {}).content ==
        zeros);
    for (const std::string& content : {zeros, sample(12 << 20)}) {
        const std::string bytes = test::packed(content, {.level = 9});
        for (const unsigned threads : {1u, 2u, 5u})
            for (const Supply supply : {Supply::as_it_comes, Supply::ready})
                ASSERT_TRUE(test::unpacked(bytes, {.threads = threads, .supply = supply}).content ==
                            content);
    }
}

TEST(MemberStream, JointsAreFoundWhereverTheyStand) {
    const std::string joint(kJoint.begin(), kJoint.end());
    std::mt19937 random(5);
    for (int round = 0; round < 2000; ++round) {
        std::string bytes(random() % 60, '\0');
        for (char& byte : bytes) byte = random() % 2 == 0 ? '\0' : '\xff';
        for (std::size_t from = 0; from <= bytes.size(); ++from) {
            const std::size_t at = bytes.find(joint, from);
            ASSERT_EQ(find_joint(as_bytes(bytes), from), at == std::string::npos ? 0 : at + 4);
        }
    }
}

}  // namespace
}  // namespace holt::gzip
