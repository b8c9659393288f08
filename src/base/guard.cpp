#include "base/guard.h"

#ifndef NDEBUG

#include <cstdlib>
#include <cstring>

namespace holt {

bool guard(const char* name) noexcept {
    static const char* const left_out = std::getenv("HOLT_LEAVE_OUT");
    return left_out == nullptr || std::strcmp(left_out, name) != 0;
}

}  // namespace holt

#endif
