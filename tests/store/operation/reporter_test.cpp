// Proves: what happens to many items for one reason is told once, with a count, when the operation
// ends; each item to who wants that; and every item counts.
#include "store/operation/reporter.h"

#include <gtest/gtest.h>

#include <vector>

namespace holt::store {
namespace {

struct Listener final : Observer {
    void note(Severity severity, const Error& about) override {
        notes.push_back({severity, about, 1});
    }
    void note_kind(Severity severity, const Error& first, std::uint64_t count) override {
        notes.push_back({severity, first, count});
    }
    bool wants_each() const override { return each; }
    struct Note {
        Severity severity;
        Error about;
        std::uint64_t count;
    };
    std::vector<Note> notes;
    bool each = false;
};

Error about(const std::string& object, const std::string& cause) {
    return {.kind = ErrorKind::partial, .operation = "keep", .object = object, .cause = cause};
}

TEST(Reporter, AKindIsToldOnceWithItsCount) {
    Listener listener;
    {
        Reporter reporter(listener);
        for (const char* object : {"a", "b", "c"})
            reporter.tally(Severity::warning, about(object, "no room"));
        reporter.tally(Severity::info, about("d", "a socket"));
        reporter.tally(Severity::info, about("e", "no room"));
        EXPECT_TRUE(listener.notes.empty());
        EXPECT_EQ(reporter.warnings(), 3u);
    }
    ASSERT_EQ(listener.notes.size(), 3u);
    EXPECT_EQ(listener.notes[2].severity, Severity::warning);
    EXPECT_EQ(listener.notes[2].about.object, "a") << "the first of them";
    EXPECT_EQ(listener.notes[2].count, 3u);
    EXPECT_EQ(listener.notes[0].count, 1u);
}

TEST(Reporter, EachItemIsToldToWhoWantsThat) {
    Listener listener;
    listener.each = true;
    {
        Reporter reporter(listener);
        reporter.tally(Severity::warning, about("a", "x"));
        reporter.tally(Severity::warning, about("b", "x"));
        reporter.tally(Severity::warning, about("c", "y"));
        EXPECT_EQ(listener.notes.size(), 3u);
    }
    ASSERT_EQ(listener.notes.size(), 4u) << "and the kind of two";
    EXPECT_EQ(listener.notes[3].count, 2u);
}

// An archive may bring attributes of any number of names.
TEST(Reporter, VeryManyKindsAreCountedOnly) {
    Listener listener;
    {
        Reporter reporter(listener);
        for (int i = 0; i < 1000; ++i)
            reporter.tally(Severity::warning, about("f", "kind " + std::to_string(i)));
        EXPECT_EQ(reporter.warnings(), 1000u);
    }
    ASSERT_EQ(listener.notes.size(), 101u);
    EXPECT_EQ(listener.notes[100].about.cause, "900 more items, for other reasons");
}

}  // namespace
}  // namespace holt::store
