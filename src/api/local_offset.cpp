#include "api/local_offset.h"

#include <time.h>

namespace holt {

std::int64_t local_offset(Time time) {
    const auto seconds = static_cast<time_t>(time.seconds);
    tm local{};
    return ::localtime_r(&seconds, &local) != nullptr ? local.tm_gmtoff : 0;
}

}  // namespace holt
