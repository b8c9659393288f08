// Our turn at a destination. Others may be at work there: when one of them is done, what stands
// there is looked at again, until the time is over. Thread rule: a pure function.
#pragma once

#include <string_view>
#include <utility>

#include "base/error.h"
#include "fs/lock.h"

namespace holt::store {

/// Calls `attempt` with what is left of `wait` until it ends in something else than `busy`.
template <class Attempt>
auto take_turn(const fs::LockWait& wait, std::string_view shown, Attempt attempt)
    -> decltype(attempt(wait)) {
    fs::LockWaiter waiter(wait);
    for (;;) {
        auto taken = attempt(waiter.left());
        if (taken || taken.error().kind != ErrorKind::busy) return taken;
        switch (waiter.pause()) {
            case fs::LockWaiter::Verdict::again:
                break;
            case fs::LockWaiter::Verdict::timed_out:
                return taken;
            case fs::LockWaiter::Verdict::cancelled:
                return fs::cancelled_waiting(shown);
        }
    }
}

}  // namespace holt::store
