// Proves: a lock excludes other processes and other threads, ends with its process however that
// ends, names its holder, can be unlinked while held, and is not lost to a forked child.
#include "fs/lock.h"

#include "fs/fault.h"
#include "fs/file.h"
#include "fs_test.h"

namespace holt::fs {
namespace {

using namespace std::chrono_literals;

// Two ends of a pipe, for a child to tell that it is ready and to be told to go.
class Pipe {
  public:
    Pipe() {
        int fds[2];
        if (::pipe(fds) != 0) throw std::runtime_error("pipe");
        in_ = UniqueFd(fds[0]);
        out_ = UniqueFd(fds[1]);
    }
    void tell() { ASSERT_EQ(::write(out_.get(), "x", 1), 1); }
    void wait() {
        char c;
        ASSERT_EQ(::read(in_.get(), &c, 1), 1);
    }

  private:
    UniqueFd in_, out_;
};

class LockTest : public ::testing::Test {
  protected:
    LockTest() : dir_(open_dir(temp_.path())) {}
    Result<FileLock> acquire(LockMode mode, std::chrono::milliseconds timeout = 0ms) {
        return FileLock::acquire(dir_.get(), "lock", "store/lock",
                                 {.mode = mode, .timeout = timeout});
    }
    Result<std::optional<FileLock>> attempt(LockMode mode) {
        return FileLock::try_acquire(dir_.get(), "lock", "store/lock", mode);
    }
    test::TempDir temp_;
    UniqueFd dir_;
    Pipe ready_, go_;
};

TEST_F(LockTest, ExclusiveExcludesAndNamesTheHolder) {
    const pid_t child = start_child([&] {
        const auto lock = acquire(LockMode::exclusive);
        EXPECT_TRUE(lock);
        ready_.tell();
        go_.wait();
    });
    ready_.wait();
    for (const LockMode mode : {LockMode::exclusive, LockMode::shared}) {
        const auto busy = acquire(mode);
        ASSERT_FALSE(busy);
        EXPECT_EQ(busy.error().kind, ErrorKind::busy);
        const std::string message = busy.error().message();
        EXPECT_NE(message.find("'store/lock'"), std::string::npos);
        EXPECT_NE(message.find("pid " + std::to_string(child) + " ("), std::string::npos)
            << message;
        EXPECT_NE(message.find("holt_fs_tests"), std::string::npos) << message;
        EXPECT_FALSE(*attempt(mode));
    }
    EXPECT_NE(read_text(temp_ / "lock").find(std::to_string(child)), std::string::npos);
    go_.tell();
    EXPECT_EQ(end_of(child), 0);
    EXPECT_TRUE(acquire(LockMode::exclusive));
    EXPECT_EQ(read_text(temp_ / "lock"), "") << "a released lock names nobody";
}

TEST_F(LockTest, SharedExcludesOnlyExclusive) {
    const auto a = acquire(LockMode::shared), b = acquire(LockMode::shared);
    ASSERT_TRUE(a && b);
    const auto busy = acquire(LockMode::exclusive);
    ASSERT_FALSE(busy);
    EXPECT_NE(busy.error().message().find("pid " + std::to_string(::getpid())), std::string::npos)
        << "shared holders are named too: " << busy.error().message();
}

TEST_F(LockTest, EndsWithItsProcessHoweverItEnds) {
    const int end = in_child([&] {
        const auto lock = acquire(LockMode::exclusive);
        EXPECT_TRUE(lock);
        ::raise(SIGKILL);
    });
    EXPECT_EQ(end, kKilled);
    EXPECT_TRUE(*attempt(LockMode::exclusive)) << "nothing has to be removed by hand";
}

TEST_F(LockTest, WaitsUntilItIsFree) {
    auto held = acquire(LockMode::exclusive);
    ASSERT_TRUE(held);
    const pid_t child = start_child([&] {
        ready_.tell();
        EXPECT_TRUE(acquire(LockMode::exclusive, 1h));
    });
    ready_.wait();
    std::this_thread::sleep_for(20ms);
    held->release();
    EXPECT_FALSE(held->held());
    EXPECT_EQ(end_of(child), 0);
}

TEST_F(LockTest, WaitingCanBeCancelledAndTimesOut) {
    const auto held = acquire(LockMode::exclusive);
    Cancel cancel;
    cancel.request();
    const auto cancelled =
        FileLock::acquire(dir_.get(), "lock", "lock",
                          {.mode = LockMode::exclusive, .timeout = 1h, .cancel = &cancel});
    EXPECT_EQ(cancelled.error().kind, ErrorKind::cancelled);
    EXPECT_EQ(acquire(LockMode::exclusive, 30ms).error().kind, ErrorKind::busy);
}

TEST_F(LockTest, AForkedChildDoesNotUnlockWhatItsParentHolds) {
    auto held = acquire(LockMode::exclusive);
    EXPECT_EQ(in_child([&] { held->release(); }), 0);
    EXPECT_EQ(in_child([&] { EXPECT_FALSE(*attempt(LockMode::exclusive)); }), 0);
    EXPECT_TRUE(held->held());
    // And a child that lives on does not keep it.
    const pid_t child = start_child([&] { go_.wait(); });
    held->release();
    EXPECT_TRUE(*attempt(LockMode::exclusive));
    go_.tell();
    EXPECT_EQ(end_of(child), 0);
}

TEST_F(LockTest, ALockFileThatItsHolderUnlinksIsNoticed) {
    auto held = acquire(LockMode::exclusive);
    const pid_t child = start_child([&] {
        ready_.tell();
        const auto lock = acquire(LockMode::exclusive, 1h);
        ASSERT_TRUE(lock);
        EXPECT_EQ(stat_fd(lock->fd(), "lock")->ino, lstat_of(temp_ / "lock").st_ino)
            << "it is the file of that name that is locked";
    });
    ready_.wait();
    std::this_thread::sleep_for(20ms);
    EXPECT_TRUE(held->remove_and_release(dir_.get(), "lock", "lock"));
    EXPECT_EQ(end_of(child), 0);
}

TEST_F(LockTest, ReadersOfAReadOnlyStoreWriteNothing) {
    EXPECT_EQ(FileLock::acquire_read_only(dir_.get(), "lock", "lock", {}).error().sys_errno,
              ENOENT);
    write_text(temp_ / "lock", "kept");
    ::chmod((temp_ / "lock").c_str(), 0444);
    {
        const auto lock = FileLock::acquire_read_only(dir_.get(), "lock", "lock", {});
        ASSERT_TRUE(lock);
        EXPECT_FALSE(*attempt(LockMode::exclusive));
        EXPECT_EQ(lock->mode(), LockMode::shared);
    }
    EXPECT_EQ(read_text(temp_ / "lock"), "kept");
}

TEST_F(LockTest, AFolderCanBeLocked) {
    auto lock = FileLock::try_acquire_open(open_dir(temp_.path()), "x", LockMode::exclusive);
    ASSERT_TRUE(lock && *lock);
    EXPECT_FALSE(*FileLock::try_acquire_open(open_dir(temp_.path()), "x", LockMode::exclusive));
    FileLock moved = **std::move(lock);
    EXPECT_FALSE(*FileLock::try_acquire_open(open_dir(temp_.path()), "x", LockMode::exclusive));
    moved = FileLock();
    EXPECT_TRUE(*FileLock::try_acquire_open(open_dir(temp_.path()), "x", LockMode::exclusive));
}

TEST_F(LockTest, ALockThatTheFileSystemRefusesIsAnError) {
    const ScopedFaultPlan plan({{.call = Call::lock, .err = ENOLCK}});
    const auto lock = acquire(LockMode::exclusive);
    ASSERT_FALSE(lock);
    EXPECT_EQ(lock.error().sys_errno, ENOLCK);
}

TEST_F(LockTest, AFullDiskDoesNotKeepFromLocking) {
    const ScopedFaultPlan plan({{.call = Call::pwrite, .err = ENOSPC}});
    EXPECT_TRUE(acquire(LockMode::exclusive));
}

// Many processes count up in a file, each time under the lock: no step may be lost.
TEST_F(LockTest, ManyProcessesLoseNoStep) {
    write_text(temp_ / "count", "0");
    constexpr int kProcesses = 4, kSteps = 50;
    std::vector<pid_t> children;
    for (int p = 0; p < kProcesses; ++p)
        children.push_back(start_child([&] {
            for (int i = 0; i < kSteps; ++i) {
                auto lock = acquire(LockMode::exclusive, 1h);
                ASSERT_TRUE(lock);
                write_text(temp_ / "count",
                           std::to_string(std::stoi(read_text(temp_ / "count")) + 1));
                if (i % 10 == 0) {
                    EXPECT_TRUE(lock->remove_and_release(dir_.get(), "lock", "lock"));
                }
            }
        }));
    for (const pid_t child : children) EXPECT_EQ(end_of(child), 0);
    EXPECT_EQ(read_text(temp_ / "count"), std::to_string(kProcesses * kSteps));
}

}  // namespace
}  // namespace holt::fs
