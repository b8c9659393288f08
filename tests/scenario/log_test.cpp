// Proves: the library is silent unless a sink is given, and then says what it did, a line at a
// time.
#include <mutex>

#include "support/store_fixture.h"

namespace holt::test {
namespace {

using LogTest = StoreTest;

TEST_F(LogTest, LinesComeThroughTheSinkAtOrAboveItsLevel) {
    std::mutex mutex;
    std::vector<std::string> infos, debugs;
    const auto sink = [&](LogLevel level, std::string_view line) {
        const std::lock_guard lock(mutex);
        (level == LogLevel::debug ? debugs : infos).emplace_back(line);
    };
    write_file(source_ / "file", "x");
    auto quiet = Store::open(store_.path(), {.log = {.level = LogLevel::info, .sink = sink}});
    ASSERT_TRUE(quiet);
    ASSERT_TRUE(quiet->snapshot(source_.string(), {}, notes_));
    EXPECT_EQ(infos.size(), 2u);  // what is read, what was committed
    EXPECT_TRUE(debugs.empty());
    auto chatty = Store::open(store_.path(), {.log = {.level = LogLevel::debug, .sink = sink}});
    ASSERT_TRUE(chatty);
    ASSERT_TRUE(chatty->snapshot(source_.string(), {}, notes_));
    EXPECT_EQ(debugs.size(), 1u);  // the pack that was sealed
}

}  // namespace
}  // namespace holt::test
