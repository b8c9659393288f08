// The local calendar, as this process sees it: rules by days and months are about that.
// Thread rule: from any thread, while nobody changes TZ.
#pragma once

#include <cstdint>
#include <holt/time.hpp>

namespace holt {

/// Seconds east of UTC at that time.
std::int64_t local_offset(Time time);

}  // namespace holt
