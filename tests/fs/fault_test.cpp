// Proves: faults strike exactly where they were planned, once or for ever, by kind, by call site or
// by number; a plan counts calls and lists their sites; without a plan nothing is touched.
#include "fs/fault.h"

#include <atomic>

#include "fs/sys.h"
#include "fs_test.h"

namespace holt::fs {
namespace {

using Action = Fault::Action;
using Repeat = Fault::Repeat;

class FaultTest : public ::testing::Test {
  protected:
    FaultTest() : dir_(open_dir(temp_.path())) {}
    int touch(const char* name) {
        const UniqueFd fd(sys::openat(dir_.get(), name, O_RDWR | O_CREAT, 0600));
        return fd ? 0 : -1;
    }
    test::TempDir temp_;
    UniqueFd dir_;
};

TEST_F(FaultTest, CountsByKindAndInAll) {
    const ScopedFaultPlan plan;
    EXPECT_EQ(sys::mkdirat(dir_.get(), "a", 0700), 0);
    EXPECT_EQ(sys::mkdirat(dir_.get(), "b", 0700), 0);
    EXPECT_EQ(sys::rmdirat(dir_.get(), "b"), 0);
    EXPECT_EQ(plan.calls(Call::mkdir), 2u);
    EXPECT_EQ(plan.calls(Call::rmdir), 1u);
    EXPECT_EQ(plan.calls(), 3u);
    EXPECT_EQ(plan.struck(), 0u);
}

TEST_F(FaultTest, StrikesTheNthCallOnce) {
    const ScopedFaultPlan plan({{.call = Call::mkdir, .nth = 2, .err = ENOSPC}});
    EXPECT_EQ(sys::mkdirat(dir_.get(), "a", 0700), 0);
    EXPECT_EQ(sys::mkdirat(dir_.get(), "b", 0700), -ENOSPC);
    EXPECT_EQ(sys::mkdirat(dir_.get(), "c", 0700), 0);
    EXPECT_EQ(names_in(temp_.path()), (std::vector<std::string>{"a", "c"}));
    EXPECT_EQ(plan.struck(), 1u);
}

TEST_F(FaultTest, StrikesForEver) {
    const ScopedFaultPlan plan(
        {{.call = Call::mkdir, .nth = 2, .repeat = Repeat::for_ever, .err = EDQUOT}});
    EXPECT_EQ(sys::mkdirat(dir_.get(), "a", 0700), 0);
    EXPECT_EQ(sys::mkdirat(dir_.get(), "b", 0700), -EDQUOT);
    EXPECT_EQ(sys::mkdirat(dir_.get(), "c", 0700), -EDQUOT);
    EXPECT_EQ(plan.struck(), 2u);
}

TEST_F(FaultTest, MatchesByFileLineAndFunction) {
    std::vector<SeenSite> sites;
    {
        const ScopedFaultPlan plan;
        EXPECT_EQ(touch("x"), 0);
        sites = plan.sites();
    }
    ASSERT_EQ(sites.size(), 1u);
    EXPECT_TRUE(sites[0].site.starts_with("fault_test.cpp:")) << sites[0].site;
    for (const std::string& at :
         {sites[0].site, std::string("fault_test.cpp"), std::string("touch")}) {
        const ScopedFaultPlan plan({{.at = at, .repeat = Repeat::for_ever, .err = EACCES}});
        EXPECT_NE(touch("x"), 0) << at;
        EXPECT_EQ(plan.struck(), 1u) << at;
    }
    {
        const ScopedFaultPlan plan({{.at = sites[0].site, .repeat = Repeat::for_ever}});
        const UniqueFd fd(sys::openat(dir_.get(), "x", O_RDONLY));
        EXPECT_TRUE(fd) << "another line";
    }
    const ScopedFaultPlan plan({{.at = "elsewhere.cpp", .repeat = Repeat::for_ever}});
    EXPECT_EQ(touch("x"), 0);
}

TEST_F(FaultTest, ShortCountTransfersLess) {
    write_text(temp_ / "f", "abcdef");
    const UniqueFd fd(sys::openat(dir_.get(), "f", O_RDONLY));
    char buffer[6];
    const ScopedFaultPlan plan({{.call = Call::read, .action = Action::short_count, .count = 4}});
    EXPECT_EQ(sys::read(fd.get(), buffer, 6), 4);
    EXPECT_EQ(sys::read(fd.get(), buffer, 6), 2);
}

TEST_F(FaultTest, InterruptionIsInvisible) {
    const ScopedFaultPlan plan({{.repeat = Repeat::for_ever, .err = EINTR}});
    EXPECT_EQ(sys::mkdirat(dir_.get(), "a", 0700), 0);
    EXPECT_EQ(sys::checkpoint(Call::fsync), 0);
    EXPECT_EQ(plan.struck(), 2u);
}

TEST_F(FaultTest, KillComesBeforeTheCall) {
    const int end = in_child([&] {
        const ScopedFaultPlan plan({{.nth = 2, .action = Action::kill}});
        EXPECT_EQ(sys::mkdirat(dir_.get(), "a", 0700), 0);
        (void)sys::mkdirat(dir_.get(), "b", 0700);
    });
    EXPECT_EQ(end, kKilled);
    EXPECT_EQ(names_in(temp_.path()), (std::vector<std::string>{"a"}));
}

TEST_F(FaultTest, CheckpointCountsAndFails) {
    EXPECT_EQ(sys::checkpoint(Call::pwrite), 0);
    const ScopedFaultPlan plan({{.call = Call::pwrite, .err = EIO}});
    EXPECT_EQ(sys::checkpoint(Call::pwrite), -EIO);
    EXPECT_EQ(sys::checkpoint(Call::pwrite), 0);
    EXPECT_EQ(plan.calls(Call::pwrite), 2u);
}

TEST_F(FaultTest, TheInnermostPlanIsAsked) {
    const ScopedFaultPlan outer({{.repeat = Repeat::for_ever}});
    {
        const ScopedFaultPlan inner;
        EXPECT_EQ(sys::mkdirat(dir_.get(), "a", 0700), 0);
    }
    EXPECT_EQ(sys::mkdirat(dir_.get(), "b", 0700), -EIO);
    EXPECT_EQ(outer.calls(), 1u);
}

// Under ThreadSanitizer this proves that plans may come and go beside running calls.
TEST_F(FaultTest, PlansComeAndGoBesideOtherThreads) {
    std::atomic<bool> stop{false};
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i)
        threads.emplace_back([&] {
            struct stat st;
            while (!stop) (void)sys::fstat(dir_.get(), &st);
        });
    for (int i = 0; i < 50; ++i) {
        const ScopedFaultPlan plan({{.call = Call::stat}});
        struct stat st;
        (void)sys::fstat(dir_.get(), &st);
        EXPECT_GE(plan.calls(Call::stat), 1u);
        EXPECT_EQ(plan.struck(), 1u);
    }
    stop = true;
    for (auto& thread : threads) thread.join();
}

TEST(Fault, EveryKindHasItsName) {
    for (std::size_t i = 0; i < kCallKinds; ++i) {
        EXPECT_FALSE(name(static_cast<Call>(i)).empty());
        EXPECT_NE(name(static_cast<Call>(i)), "unknown");
    }
    EXPECT_EQ(name(Call::ioctl), "ioctl");
}

}  // namespace
}  // namespace holt::fs
