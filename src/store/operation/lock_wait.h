// How long an operation waits for others, from what its caller asked for. Thread rule: pure.
#pragma once

#include <holt/store.hpp>

#include "fs/lock.h"

namespace holt::store {

/// `cancel` is the operation's own; without one, that of the open store is heard.
inline fs::LockWait lock_wait(const OpenOptions& open, const Cancel* cancel = nullptr) noexcept {
    return {open.lock_timeout, cancel != nullptr ? cancel : open.cancel};
}

}  // namespace holt::store
