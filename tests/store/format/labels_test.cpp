// Proves: labels of any length come back from the marks as they were put, the last whole set of
// each snapshot; a set that was not settled, or is not whole, counts for nothing.
#include <gtest/gtest.h>

#include <string>

#include "store/format/snapshot_marks.h"

namespace holt::store {
namespace {

Digest id_of(std::uint8_t first) {
    Digest id;
    id.bytes[0] = first;
    return id;
}

Marks decoded(const std::vector<Mark>& marks) {
    Bytes file = encode_marks_header();
    for (const Mark& mark : marks) encode_mark(mark, file.size(), file);
    const auto read = decode_marks(file, "test");
    EXPECT_TRUE(read) << read.error().message();
    return read ? *read : Marks{};
}

std::vector<Mark> settled(std::vector<Mark> marks) {
    for (Mark& mark : marks) mark.state = MarkState::settled;
    return marks;
}

TEST(Labels, OfAnyLengthComeBack) {
    for (const std::size_t length : {0u, 1u, 252u, 253u, 254u, 506u, 507u, 5000u, 32768u}) {
        std::string labels(length, 'x');
        for (std::size_t i = 0; i < length; ++i) labels[i] = static_cast<char>(i * 7);
        std::vector<Mark> marks;
        append_labels(id_of(1), labels, marks);
        const auto found = decoded(settled(marks)).labels(Marks::Which::settled);
        ASSERT_TRUE(found.contains(id_of(1))) << length;
        EXPECT_EQ(found.at(id_of(1)), labels) << length;
    }
}

TEST(Labels, TheLastSetOfEachSnapshotCounts) {
    std::vector<Mark> marks;
    append_labels(id_of(1), "one", marks);
    append_labels(id_of(2), "two", marks);
    append_labels(id_of(1), std::string(600, 'n'), marks);
    const auto found = decoded(settled(marks)).labels(Marks::Which::settled);
    EXPECT_EQ(found.at(id_of(1)), std::string(600, 'n'));
    EXPECT_EQ(found.at(id_of(2)), "two");
}

TEST(Labels, ASetThatIsNotWholeOrNotSettledCountsForNothing) {
    std::vector<Mark> marks;
    append_labels(id_of(1), "old", marks);
    const std::size_t begin = marks.size();
    append_labels(id_of(1), std::string(600, 'n'), marks);
    marks = settled(std::move(marks));
    for (std::size_t missing = begin; missing < marks.size(); ++missing) {
        std::vector<Mark> some = marks;
        some.erase(some.begin() + static_cast<std::ptrdiff_t>(missing));
        EXPECT_EQ(decoded(some).labels(Marks::Which::settled).at(id_of(1)), "old");
        some = marks;
        some[missing].state = MarkState::pending;
        EXPECT_EQ(decoded(some).labels(Marks::Which::settled).at(id_of(1)), "old");
        EXPECT_EQ(decoded(some).labels(Marks::Which::all).at(id_of(1)), std::string(600, 'n'));
    }
}

// Who was committed, forgotten or is in doubt is said by other records alone.
TEST(Labels, SayNothingAboutCommits) {
    std::vector<Mark> marks{{.id = id_of(1), .name = "name"},
                            {.kind = MarkKind::forgotten, .id = id_of(2)}};
    append_labels(id_of(1), "a", marks);
    append_labels(id_of(2), "b", marks);
    const Marks read = decoded(settled(marks));
    ASSERT_EQ(read.acknowledged().size(), 1u);
    EXPECT_EQ(read.acknowledged()[0].name, "name");
    EXPECT_TRUE(read.forgotten().contains(id_of(2)));
    EXPECT_TRUE(read.pending().empty());
}

}  // namespace
}  // namespace holt::store
