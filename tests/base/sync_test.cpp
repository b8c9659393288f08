// Proves: what several threads do to a guarded value is done by one after the other.
#include "base/sync.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace holt {
namespace {

TEST(Sync, OneThreadAtATimeHasTheValue) {
    Sync<std::string> text("x");
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 500; ++i) text.lock()->push_back('y');
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(text.lock()->size(), 2001u);
    EXPECT_EQ(std::move(text).take().size(), 2001u);
}

TEST(Sync, TryingGivesNothingWhileAnotherHasIt) {
    Sync<int> number(7);
    const auto held = number.lock();
    bool got = true;
    std::thread([&] { got = number.try_lock().has_value(); }).join();
    EXPECT_FALSE(got);
    EXPECT_EQ(*held, 7);
}

}  // namespace
}  // namespace holt
