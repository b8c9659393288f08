#include "fs/metadata/handed_on.h"

#include <sys/stat.h>

#include <cerrno>
#include <string>

#include "fs/metadata/posix_acl.h"
#include "fs/sys.h"

namespace holt::fs {
namespace {

constexpr std::uint16_t kPermissions = 0777, kGroupPermissions = 0070;

struct timespec to_timespec(Time time) noexcept {
    return {.tv_sec = time.seconds, .tv_nsec = time.nanoseconds};
}

}  // namespace

Result<Warnings> hand_on(int fd, const HandedOn& from, std::string_view shown) {
    Warnings warnings;
    auto mode = static_cast<std::uint16_t>(from.mode & kPermissions);
    struct stat now;
    if (const int r = sys::fstat(fd, &now); r < 0)
        return fail_errno(-r, "look at", std::string(shown));
    if (now.st_gid != from.gid && sys::fchown(fd, kNoId, from.gid) != 0 &&
        (mode & kGroupPermissions) != 0) {
        mode &= static_cast<std::uint16_t>(~kGroupPermissions);
        warnings.push_back({.kind = ErrorKind::partial,
                            .operation = "set group of",
                            .object = std::string(shown),
                            .cause = "refused, so the permissions of the group are left away"});
    }
    HOLT_TRY(set_mode(fd, mode, shown));
    if (now.st_uid != from.uid) (void)sys::fchown(fd, from.uid, kNoId);
    const struct timespec kept = {.tv_sec = 0, .tv_nsec = UTIME_OMIT};
    const struct timespec times[2] = {from.atime ? to_timespec(*from.atime) : kept,
                                      to_timespec(from.mtime)};
    if (const int r = sys::futimens(fd, times); r < 0)
        return fail_errno(-r, "set time of", std::string(shown));
    return warnings;
}

Result<Time> access_time(int fd, std::string_view shown) {
    struct stat now;
    if (const int r = sys::fstat(fd, &now); r < 0)
        return fail_errno(-r, "look at", std::string(shown));
    return Time{.seconds = now.st_atim.tv_sec,
                .nanoseconds = static_cast<std::uint32_t>(now.st_atim.tv_nsec)};
}

}  // namespace holt::fs
