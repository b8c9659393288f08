#include "fs/machine/platform.h"

#include <pwd.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <vector>

namespace holt::fs {
namespace {

utsname names() {
    utsname found{};
    ::uname(&found);
    return found;
}

std::string c_library() {
    char version[128] = {};
    const std::size_t length = ::confstr(_CS_GNU_LIBC_VERSION, version, sizeof version);
    return length == 0 || length > sizeof version ? "not GNU" : version;
}

std::string user() {
    constexpr std::size_t kRoom = 16'384;
    std::vector<char> buffer(kRoom);
    passwd entry{};
    passwd* found = nullptr;
    ::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found);
    return found != nullptr ? found->pw_name : std::to_string(::geteuid());
}

}  // namespace

Platform look_at_platform() {
    const utsname found = names();
    return {.system = found.sysname, .machine = found.machine, .c_library = c_library()};
}

std::string user_and_host() {
    return user() + "@" + names().nodename;
}

}  // namespace holt::fs
