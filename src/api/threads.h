// How many threads a filter uses that was not told. Thread rule: pure.
#pragma once

#include "fs/machine/machine.h"

namespace holt::api {

/// `asked`, or for 0 what the machine allows this process, as it was at the first call.
inline unsigned threads_or_all(unsigned asked) {
    if (asked != 0) return asked;
    static const unsigned allowed = fs::look_at_machine().processors;
    return allowed;
}

}  // namespace holt::api
