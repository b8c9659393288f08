#include "store/operation/profile.h"

#include <gtest/gtest.h>

#include <thread>

namespace holt::store {
namespace {

using std::chrono::milliseconds;

struct Asking final : Observer {
    bool wants_timings() const override { return wants; }
    void timings(const Timings& all) override {
        told = all;
        ++times_told;
    }
    std::chrono::nanoseconds of(std::string_view stage) const {
        for (const auto& s : told.stages)
            if (s.name == stage) return s.total;
        return std::chrono::nanoseconds(-1);
    }
    bool wants = true;
    Timings told;
    int times_told = 0;
};

TEST(Profile, AnInnerLapIsTakenFromTheOuterOne) {
    Asking asking;
    {
        Profile profile(asking);
        const Lap outer(&profile, Stage::write);
        const Lap inner(&profile, Stage::decode);
        std::this_thread::sleep_for(milliseconds(30));
    }
    EXPECT_EQ(asking.times_told, 1);
    EXPECT_GE(asking.of("decode"), milliseconds(30));
    // Whatever the machine does, the outer one gets only what lies between two clock readings.
    EXPECT_EQ(asking.told.stages.size(), 2u);
    EXPECT_LE(asking.of("decode") + asking.of("write"), asking.told.elapsed);
}

// Of an operation within another, such as a collection after a snapshot, there is no empty table.
TEST(Profile, WithoutAStageNothingIsTold) {
    Asking asking;
    { const Profile profile(asking); }
    EXPECT_EQ(asking.times_told, 0);
}

TEST(Profile, ThreadsAreAddedUp) {
    Asking asking;
    {
        Profile profile(asking);
        const auto work = [&] {
            const Lap lap(&profile, Stage::compress);
            profile.count(Event::block_wanted);
        };
        std::thread one(work), two(work);
        one.join();
        two.join();
    }
    ASSERT_EQ(asking.told.stages.size(), 1u);
    EXPECT_EQ(asking.told.stages[0].times, 2u);
    ASSERT_EQ(asking.told.caches.size(), 1u);
    EXPECT_EQ(asking.told.caches[0].value, 2u);
}

TEST(Profile, NothingIsMeasuredUnasked) {
    Asking asking;
    asking.wants = false;
    {
        Profile profile(asking);
        EXPECT_FALSE(profile.on());
        const Lap lap(&profile, Stage::read);
        const Lap none(nullptr, Stage::read);
    }
    EXPECT_EQ(asking.times_told, 0);
}

}  // namespace
}  // namespace holt::store
