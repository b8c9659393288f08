// Proves: marks read back as they were written; every changed byte is found, and costs one record;
// what a writer left half written is told from damage.
#include "store/format/snapshot_marks.h"

#include <gtest/gtest.h>

#include "base/endian.h"
#include "codec/xxhash64/xxhash64.h"
#include "store/samples.h"

namespace holt::store {
namespace {

using test::sample_digest;

Mark sample_mark(std::uint64_t seed, std::string name, MarkState state = MarkState::settled) {
    return {MarkKind::committed, state, sample_digest(seed), std::move(name)};
}

Bytes file_of(const std::vector<Mark>& marks) {
    Bytes file = encode_marks_header();
    for (const Mark& mark : marks) encode_mark(mark, file.size(), file);
    return file;
}

std::vector<Mark> marks_in(const Bytes& file) {
    const auto marks = decode_marks(file, "marks");
    EXPECT_TRUE(marks) << marks.error().message();
    std::vector<Mark> found;
    if (marks)
        for (const auto& [mark, offset] : marks->all) found.push_back(mark);
    return found;
}

const std::vector<Mark> kSample = {sample_mark(1, ""),
                                   sample_mark(2, "nightly"),
                                   sample_mark(3, std::string(255, 'n'), MarkState::pending),
                                   {MarkKind::forgotten, MarkState::settled, sample_digest(2), ""}};

TEST(SnapshotMarks, ReadBackAsWritten) {
    EXPECT_EQ(marks_in(file_of({})), std::vector<Mark>{});
    EXPECT_EQ(marks_in(file_of(kSample)), kSample);
    EXPECT_EQ(file_of(kSample).size() % kMarkUnit, 0u);
}

// docs/FORMAT.md shows these bytes.
TEST(SnapshotMarks, AreTheBytesThatTheFormatSays) {
    Mark mark{MarkKind::committed, MarkState::settled, {}, "nightly"};
    for (std::size_t i = 0; i < Digest::kSize; ++i) mark.id.bytes[i] = static_cast<std::uint8_t>(i);
    const Bytes file = file_of({mark});
    std::string hex;
    for (const std::uint8_t byte : ByteView(file).subspan(kMarkUnit)) {
        constexpr char kDigits[] = "0123456789abcdef";
        hex += kDigits[byte >> 4];
        hex += kDigits[byte & 15];
    }
    EXPECT_EQ(hex,
              "f001070000000000"
              "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
              "a96c568c335d9371"
              "6e696768746c7900"
              "0000000000000000");
    EXPECT_EQ(as_text(ByteView(file).first(8)), "holtmark");
    EXPECT_EQ(file[8], 1);
}

TEST(SnapshotMarks, TheLastSettledEventDecides) {
    const auto marks =
        decode_marks(file_of({sample_mark(1, "a"),
                              sample_mark(2, "b"),
                              sample_mark(3, "c"),
                              {MarkKind::forgotten, MarkState::settled, sample_digest(1), ""},
                              {MarkKind::forgotten, MarkState::pending, sample_digest(2), ""},
                              {MarkKind::forgotten, MarkState::settled, sample_digest(3), ""},
                              sample_mark(3, "again"),
                              sample_mark(4, "d", MarkState::pending)}),
                     "marks");
    ASSERT_TRUE(marks);
    EXPECT_EQ(marks->acknowledged(),
              (std::vector<Mark>{sample_mark(2, "b"), sample_mark(3, "again")}));
    EXPECT_EQ(marks->forgotten(), std::unordered_set<Digest>{sample_digest(1)});
    EXPECT_EQ(marks->mentioned().size(), 4u);
}

// Only the state is not covered by the checksum; another state is none.
TEST(SnapshotMarks, EveryChangedByteCostsOneRecordAndIsFound) {
    const Bytes whole = file_of(kSample);
    for (std::size_t at = 0; at < whole.size(); ++at) {
        SCOPED_TRACE("byte " + std::to_string(at));
        Bytes changed = whole;
        changed[at] ^= 1u << (at % 8);
        const auto marks = decode_marks(changed, "marks");
        if (at < kMarkUnit) {
            ASSERT_FALSE(marks);
            continue;
        }
        ASSERT_TRUE(marks);
        EXPECT_EQ(marks->all.size(), kSample.size() - 1);
        const bool is_last = at >= whole.size() - kMarkUnit;
        EXPECT_EQ(marks->damaged > 0, !is_last);
        EXPECT_EQ(marks->doubtful > 0, is_last);
    }
}

TEST(SnapshotMarks, ARecordInAnotherPlaceIsNone) {
    const Bytes whole = file_of({sample_mark(1, "a"), sample_mark(2, "b")});
    Bytes moved(whole.begin(), whole.begin() + kMarkUnit);
    moved.insert(moved.end(), whole.begin() + 2 * kMarkUnit, whole.end());
    EXPECT_EQ(marks_in(moved), std::vector<Mark>{});
}

// Of a record that was being appended any part may be there.
TEST(SnapshotMarks, ATornTailIsNoDamage) {
    const std::vector<Mark> before = {sample_mark(1, "a"), sample_mark(2, "b")};
    const std::size_t sound = file_of(before).size();
    std::vector<Mark> all = before;
    all.push_back(sample_mark(3, "name", MarkState::pending));
    const Bytes whole = file_of(all);
    for (std::size_t size = sound; size < whole.size(); ++size) {
        for (const bool extended : {false, true}) {
            Bytes torn(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
            if (extended) torn.resize(whole.size() + 4096, 0);
            // Zeros may be what stood there anyway.
            if (extended && equal(torn, whole)) continue;
            const auto marks = decode_marks(torn, "marks");
            ASSERT_TRUE(marks);
            EXPECT_GE(marks->all.size(), before.size());
            EXPECT_EQ(marks->damaged, 0u);
            EXPECT_EQ(marks->doubtful, 0u);
        }
    }
}

TEST(SnapshotMarks, OfANewerVersionAreRefused) {
    Bytes newer = file_of(kSample);
    newer[8] = 2;
    EXPECT_EQ(decode_marks(newer, "marks").error().kind, ErrorKind::corrupt) << "a changed byte";
    store_le(&newer[kMarkUnit - 8], zstd::xxhash64(ByteView(newer).first(kMarkUnit - 8)));
    const auto marks = decode_marks(newer, "marks");
    ASSERT_FALSE(marks);
    EXPECT_EQ(marks.error().kind, ErrorKind::no_store);
    // A kind that must be known, and one that may be passed over.
    for (const unsigned kind : {4u, 127u, 128u, 255u}) {
        Mark mark = sample_mark(9, "x");
        mark.kind = static_cast<MarkKind>(kind);
        const auto read = decode_marks(file_of({sample_mark(1, "a"), mark}), "marks");
        EXPECT_EQ(read.has_value(), kind >= 128) << kind;
        if (read) {
            EXPECT_EQ(read->all.size(), 1u);
        } else {
            EXPECT_EQ(read.error().kind, ErrorKind::no_store);
        }
    }
}

TEST(SnapshotMarks, HostileBytesDoNoHarm) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        Bytes file = encode_marks_header();
        const Bytes noise = test::random_bytes(seed * 7, seed);
        file.insert(file.end(), noise.begin(), noise.end());
        EXPECT_EQ(marks_in(file), std::vector<Mark>{});
    }
}

}  // namespace
}  // namespace holt::store
