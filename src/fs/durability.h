// What must hold when a step on the file system returns. Thread rule: values.
#pragma once

#include <cstdint>

namespace holt::fs {

enum class Durability : std::uint8_t {
    none,   ///< in the page cache: survives a SIGKILL, not a power cut
    synced  ///< file and folder fsynced before commit returns
};

}  // namespace holt::fs
