// Which process this is: what was opened before a fork() must not be used, nor closed, after it.
// Thread rule: pure.
#pragma once

#include <unistd.h>

namespace holt {

inline int current_process() noexcept {
    return static_cast<int>(::getpid());
}

}  // namespace holt
