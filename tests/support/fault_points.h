// Visiting every state that a fault can leave behind: an operation is run again and again, each
// time with the next of its system calls failing, or being the last before a SIGKILL.
#pragma once

#include <sys/mman.h>

#include <cstdint>
#include <functional>

#include "fs/fault.h"
#include "support/child.h"

namespace holt::test {

/// How many system calls `run` makes: found in a child, so that this process has no threads yet
/// when it forks the next ones.
inline std::uint64_t count_calls(const std::function<void()>& run) {
    void* shared = ::mmap(nullptr, sizeof(std::uint64_t), PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        ADD_FAILURE() << "no shared memory";
        return 0;
    }
    auto& calls = *static_cast<std::uint64_t*>(shared);
    const int end = in_child([&] {
        const fs::ScopedFaultPlan plan;
        run();
        calls = plan.calls();
    });
    EXPECT_EQ(end, 0) << "the run without faults failed";
    const std::uint64_t counted = calls;
    ::munmap(shared, sizeof(std::uint64_t));
    return counted;
}

/// For each of the first `calls` calls of `run` (every `step`-th of them): `prepare`, then `run` in
/// a child that is killed before that call, then `check(k)` in this process. A run that ends before
/// its k-th call (threads make the number vary a little) is checked as well. Returns how many of
/// the children were killed.
inline std::uint64_t kill_before_every_call(std::uint64_t calls,
                                            const std::function<void()>& prepare,
                                            const std::function<void()>& run,
                                            const std::function<void(std::uint64_t k)>& check,
                                            std::uint64_t step = 1) {
    std::uint64_t killed = 0;
    for (std::uint64_t k = 1; k <= calls; k += step) {
        prepare();
        const int end = in_child([&] {
            const fs::ScopedFaultPlan plan({{.nth = k, .action = fs::Fault::Action::kill}});
            run();
        });
        EXPECT_TRUE(end == kKilled || end == 0) << "call " << k << " ended with " << end;
        killed += end == kKilled ? 1 : 0;
        check(k);
        if (::testing::Test::HasFatalFailure()) break;
    }
    return killed;
}

/// The same with an error instead of a kill, in this process: `run` is expected to return.
inline void fail_every_call(std::uint64_t calls, int err, fs::Fault::Repeat repeat,
                            const std::function<void()>& prepare, const std::function<void()>& run,
                            const std::function<void(std::uint64_t k)>& check,
                            std::uint64_t step = 1) {
    for (std::uint64_t k = 1; k <= calls; k += step) {
        prepare();
        {
            const fs::ScopedFaultPlan plan({{.nth = k, .repeat = repeat, .err = err}});
            run();
        }
        check(k);
        if (::testing::Test::HasFatalFailure()) break;
    }
}

}  // namespace holt::test
