// What this machine is called and runs, and whose process this is. Thread rule: pure functions.
#pragma once

#include <string>

namespace holt::fs {

struct Platform {
    std::string system{};     ///< "Linux"
    std::string machine{};    ///< "x86_64"
    std::string c_library{};  ///< "glibc 2.36"; "not GNU" for others
};
Platform look_at_platform();

/// "user@host": the number of a user without a name.
std::string user_and_host();

}  // namespace holt::fs
