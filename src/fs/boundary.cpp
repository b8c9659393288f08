#include "fs/boundary.h"

#include <linux/openat2.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <climits>
#include <cstdio>

#include "fs/file.h"
#include "fs/folder.h"
#include "fs/open_resolved.h"
#include "fs/sys.h"

namespace holt::fs {
namespace {

constexpr std::uint64_t kStay =
    RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;

// The line "mnt_id:<tab>36" of /proc/self/fdinfo. 0 where there is no /proc.
std::uint64_t mount_of_fdinfo(int fd) {
    constexpr std::size_t kMaxInfo = 64 * 1024;
    constexpr std::string_view kKey = "mnt_id:";
    const std::string path = "/proc/self/fdinfo/" + std::to_string(fd);
    const auto text = read_file(kWorkingFolder, path, kMaxInfo, path);
    if (!text) return 0;
    std::string_view rest = as_text(*text);
    const std::size_t at = rest.find(kKey);
    if (at == rest.npos) return 0;
    rest.remove_prefix(at + kKey.size());
    rest.remove_prefix(std::min(rest.find_first_of("0123456789"), rest.size()));
    std::uint64_t mount = 0;
    std::from_chars(rest.data(), rest.data() + rest.size(), mount);
    return mount;
}

// The longest part of `relative` that ends at a component and fits one system call.
std::string_view first_part(std::string_view relative) {
    if (relative.size() < PATH_MAX) return relative;
    return relative.substr(0, relative.rfind('/', PATH_MAX - 1));
}

}  // namespace

Result<Place> place_of(int fd, std::string_view shown) {
    struct statx out;
    const int r = sys::statx_fd(fd, STATX_INO | STATX_MODE | STATX_MNT_ID, &out);
    if (r < 0) return fail_errno(-r, "look at", std::string(shown));
    return Place{.mount = (out.stx_mask & STATX_MNT_ID) != 0 ? out.stx_mnt_id : mount_of_fdinfo(fd),
                 .dev = makedev(out.stx_dev_major, out.stx_dev_minor),
                 .ino = out.stx_ino,
                 .mode = static_cast<std::uint16_t>(out.stx_mode & 07777)};
}

std::unexpected<Error> crossing(std::string_view shown) {
    auto error = fail(ErrorKind::unsafe_input, "change folder", std::string(shown),
                      "another file system, or a part of one, is mounted there",
                      "unmount it, or restore to another folder");
    error.error().sys_errno = EXDEV;
    return error;
}

bool is_crossing(const Error& error) noexcept {
    return error.kind == ErrorKind::unsafe_input && error.sys_errno == EXDEV;
}

Result<Boundary> Boundary::around(int folder, std::string_view shown) {
    HOLT_TRY_LET(place, place_of(folder, shown));
    return Boundary(place);
}

// `name` may be a path of checked components: then openat2 is asked for, and nothing else will do
// (ENOSYS).
Result<Opened> Boundary::open(int dir, const std::string& name, int flags,
                              std::string_view shown) const {
    int fd = open_resolved(dir, name.c_str(), flags, kStay);
    if (fd == -EXDEV) return crossing(shown);
    if (fd == -ENOSYS && name.find('/') == std::string::npos)
        fd = sys::openat(dir, name.c_str(), flags);
    const bool is_folder = (flags & O_DIRECTORY) != 0;
    if (fd < 0) return fail_errno(-fd, is_folder ? "open folder" : "open file", std::string(shown));
    Opened opened{.fd = UniqueFd(fd), .place = {}};
    HOLT_TRY_LET(place, place_of(fd, shown));
    if (place.mount != place_.mount || place.dev != place_.dev) return crossing(shown);
    opened.place = place;
    return opened;
}

Result<Opened> Boundary::open_subfolder(int dir, const std::string& name,
                                        std::string_view shown) const {
    HOLT_TRY(check_component(name, shown));
    return open(dir, name, kFolderFlags, shown);
}

Result<Opened> Boundary::open_handle(int dir, const std::string& name,
                                     std::string_view shown) const {
    HOLT_TRY(check_component(name, shown));
    return open(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, shown);
}

Result<UniqueFd> Boundary::open_file(int dir, const std::string& name,
                                     std::string_view shown) const {
    HOLT_TRY(check_component(name, shown));
    HOLT_TRY_LET(opened, open(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, shown));
    return std::move(opened.fd);
}

Result<UniqueFd> Boundary::open_beneath(int dir, std::string_view relative,
                                        std::string_view shown) const {
    if (relative.empty()) return fs::open_beneath(dir, relative, shown);
    for (std::size_t at = 0; at <= relative.size();) {
        const std::size_t slash = std::min(relative.find('/', at), relative.size());
        HOLT_TRY(check_component(relative.substr(at, slash - at), shown));
        at = slash + 1;
    }
    UniqueFd at;
    for (bool by_parts = true; !relative.empty();) {
        const std::string part(by_parts ? first_part(relative)
                                        : relative.substr(0, relative.find('/')));
        auto next = open(at ? at.get() : dir, part, kFolderFlags, shown);
        if (!next && next.error().sys_errno == ENOSYS && by_parts) {
            by_parts = false;
            continue;
        }
        if (!next) return std::unexpected(std::move(next).error());
        relative.remove_prefix(std::min(relative.size(), part.size() + 1));
        at = std::move(next->fd);
    }
    return at;
}

}  // namespace holt::fs
