#include "base/process.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace holt {
namespace {

constexpr int kRight = 7;

// Proves that a process made by `make_child` learns that it is another one than its parent, and so
// does its own child.
template <class MakeChild>
void expect_each_knows_itself(MakeChild make_child) {
    const int parent = current_process();
    ASSERT_EQ(parent, ::getpid());
    const auto child = make_child();
    ASSERT_GE(child, 0);
    if (child == 0) {
        if (current_process() == parent || current_process() != ::getpid()) ::_exit(1);
        const auto grandchild = make_child();
        if (grandchild == 0) ::_exit(current_process() == ::getpid() ? kRight : 1);
        int status = 0;
        ::waitpid(static_cast<pid_t>(grandchild), &status, 0);
        ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(static_cast<pid_t>(child), &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), kRight);
    EXPECT_EQ(current_process(), parent);
}

TEST(ProcessTest, AChildOfForkIsAnotherProcess) {
    expect_each_knows_itself([] { return ::fork(); });
}

// The C library does not see this call: no handler of its own runs.
TEST(ProcessTest, AChildOfABareCloneIsAnotherProcess) {
    expect_each_knows_itself([] { return ::syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0); });
}

}  // namespace
}  // namespace holt
