// Running a piece of a test in a child process: to be killed, to be another user, to hold a lock.
#pragma once

#include <grp.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <functional>

namespace holt::test {

/// How a child ended: its exit code, or 1000 + the signal that killed it.
inline int end_of(pid_t child) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}
inline constexpr int kKilled = 1000 + SIGKILL;

/// Runs `body` in a forked child. It ends with 0 when no expectation failed in it. Only the calling
/// thread exists there: fork before a thread pool does.
inline pid_t start_child(const std::function<void()>& body) {
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child != 0) return child;
    // A test that fails half-way must not leave a child that waits for it for ever.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    body();
    std::fflush(nullptr);
    ::_exit(::testing::Test::HasFailure() ? 1 : 0);
}
inline int in_child(const std::function<void()>& body) {
    return end_of(start_child(body));
}

inline bool root() {
    return ::geteuid() == 0;
}

/// Becomes an ordinary user for good: call it in a child.
inline void become_nobody() {
    constexpr unsigned kNobody = 65534;
    ASSERT_EQ(::setgroups(0, nullptr), 0);
    ASSERT_EQ(::setgid(kNobody), 0);
    ASSERT_EQ(::setuid(kNobody), 0);
}
/// Runs `body` in a child as an ordinary user, whoever runs the tests.
inline int as_user(const std::function<void()>& body) {
    return in_child([&] {
        if (root()) become_nobody();
        body();
    });
}

}  // namespace holt::test
