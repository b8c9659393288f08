// Proves: the clock of a file system tells whether a later change would show in a ctime; reading it
// leaves no trace in the folder; where it cannot be read, only old times count as past.
#include "fs/file_clock.h"

#include "fs/fault.h"
#include "fs/file.h"
#include "fs_test.h"

namespace holt::fs {
namespace {

class FileClockTest : public ::testing::Test {
  protected:
    FileClockTest() : dir_(open_dir(temp_.path())) {}
    Time ctime_of(const std::string& name) { return stat_at(dir_.get(), name, name)->ctime; }
    Time write(const std::string& name) {
        write_text(temp_ / name, "x");
        return ctime_of(name);
    }
    test::TempDir temp_;
    UniqueFd dir_;
};

// 200 changes in a row: as soon as the clock has passed one, the next shows.
TEST_F(FileClockTest, WhatComesAfterItHasPassedShows) {
    FileClock clock = FileClock::of(dir_.get());
    for (int i = 0; i < 200; ++i) {
        const Time before = write("f");
        ASSERT_TRUE(clock.wait_past(before));
        EXPECT_TRUE(clock.last().is_past(before));
        EXPECT_NE(write("f"), before) << i;
    }
}

TEST_F(FileClockTest, ReadingItLeavesNoTrace) {
    write("f");
    const FileStat before = *stat_fd(dir_.get(), "");
    FileClock clock = FileClock::of(dir_.get());
    EXPECT_TRUE(clock.wait_past(before.ctime));
    const FileStat after = *stat_fd(dir_.get(), "");
    EXPECT_EQ(after.mtime, before.mtime);
    EXPECT_EQ(after.ctime, before.ctime);
    EXPECT_EQ(after.nlink, before.nlink);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(temp_.path()), {}), 1);
}

// No file may be made in the folder: another folder of the device serves, or the kernel's clock.
TEST_F(FileClockTest, WhereNoFileMayBeMadeTheKernelsClockServes) {
    const ScopedFaultPlan plan({{.call = Call::open,
                                 .at = "make_unnamed",
                                 .repeat = Fault::Repeat::for_ever,
                                 .err = EACCES}});
    FileClock clock = FileClock::of(dir_.get());
    EXPECT_GE(plan.struck(), 1u);
    const Time written = write("f");
    EXPECT_TRUE(clock.last().moves);
    EXPECT_TRUE(clock.wait_past(written));
}

// A server's file system, with a clock that nothing is known of.
TEST_F(FileClockTest, OfAnUnknownClockOnlyOldTimesArePast) {
    const ScopedFaultPlan plan(
        {{.call = Call::open,
          .at = "make_unnamed",
          .repeat = Fault::Repeat::for_ever,
          .err = EOPNOTSUPP},
         {.call = Call::statfs, .repeat = Fault::Repeat::for_ever, .err = ENOSYS}});
    FileClock clock = FileClock::of(dir_.get());
    const Time now = write("f");
    EXPECT_FALSE(clock.wait_past(now));
    EXPECT_FALSE(clock.is_past({now.seconds - 3600, 1})) << "a server may be an hour ahead";
    EXPECT_FALSE(clock.is_past({now.seconds + 3600, 1}));
    EXPECT_TRUE(clock.is_past({now.seconds - 2 * 24 * 3600, 1}));
}

TEST_F(FileClockTest, InAFolderOfOnesOwnAFileWithANameServes) {
    const ScopedFaultPlan plan({{.call = Call::open,
                                 .at = "make_unnamed",
                                 .repeat = Fault::Repeat::for_ever,
                                 .err = EOPNOTSUPP}});
    FileClock clock = FileClock::of_own(dir_.get());
    EXPECT_TRUE(std::filesystem::is_empty(temp_.path()));
    EXPECT_TRUE(clock.wait_past(write("f")));
}

// A clock of whole seconds that stands for a while, as of NFS and FAT.
TEST_F(FileClockTest, ACoarseClockIsWaitedFor) {
    int asked = 0;
    FileClock clock([&asked]() -> ClockReading {
        const Time now{1000 + ++asked / 20, 0};
        return {.now = now, .whole = now};
    });
    EXPECT_FALSE(clock.is_past({1000, 0}));
    EXPECT_TRUE(clock.wait_past({1000, 0}));
    EXPECT_GE(asked, 20);
    EXPECT_TRUE(clock.is_past({999, 0}));
}

TEST_F(FileClockTest, ATimeToComeIsNotWaitedFor) {
    int asked = 0;
    FileClock clock([&asked]() -> ClockReading {
        ++asked;
        return {.now = {1000, 0}, .whole = {1000, 0}};
    });
    EXPECT_FALSE(clock.wait_past({2000, 0}));
    EXPECT_LT(asked, 5);
}

// The kernel's clock serves for file systems of whole seconds too, which it does not name.
TEST_F(FileClockTest, OfAWholeSecondTheLongestTickMustHavePassed) {
    const ClockReading reading{.now = {1000, 500}, .whole = {998, 500}};
    EXPECT_TRUE(reading.is_past({1000, 499}));
    EXPECT_FALSE(reading.is_past({1000, 500}));
    EXPECT_FALSE(reading.is_past({999, 0}));
    EXPECT_TRUE(reading.is_past({998, 0}));
}

}  // namespace
}  // namespace holt::fs
