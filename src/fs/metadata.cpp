#include "fs/metadata.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "fs/sys.h"

namespace holt::fs {
namespace {

constexpr std::size_t kSmallList = 1024;     // what nearly every list and value fits in
constexpr std::size_t kLargest = 64 * 1024;  // XATTR_LIST_MAX, XATTR_SIZE_MAX

bool no_xattrs_here(int err) noexcept {
    return err == EOPNOTSUPP || err == ENOSYS;
}

// Calls `get(buffer, size)`, first with a small buffer, then with the largest there can be.
template <class Get>
Result<std::string> read_sized(Get get, std::string_view shown) {
    char small[kSmallList];
    ssize_t got = get(small, sizeof small);
    if (got >= 0) return std::string(small, static_cast<std::size_t>(got));
    if (got == -ERANGE) {
        std::string large(kLargest, '\0');
        got = get(large.data(), large.size());
        if (got >= 0) {
            large.resize(static_cast<std::size_t>(got));
            large.shrink_to_fit();
            return large;
        }
    }
    return fail_errno(static_cast<int>(-got), "read extended attributes", std::string(shown));
}

template <class List, class Get>
Result<Xattrs> read_all_xattrs(List list, Get get, std::string_view shown) {
    Xattrs found;
    auto names = read_sized(list, shown);
    if (!names) {
        if (no_xattrs_here(names.error().sys_errno)) return found;
        return std::unexpected(std::move(names).error());
    }
    if (names->empty()) return found;
    const bool as_root = is_root();
    for (std::string_view rest = *names; !rest.empty();) {
        const std::string name(rest.substr(0, rest.find('\0')));
        rest.remove_prefix(std::min(rest.size(), name.size() + 1));
        if (!is_kept_xattr(name, as_root)) continue;
        auto value = read_sized(
            [&](char* to, std::size_t size) { return get(name.c_str(), to, size); }, shown);
        if (value) {
            found.emplace_back(name, *std::move(value));
        } else if (value.error().sys_errno != ENODATA) {  // else removed since the list was read
            return std::unexpected(std::move(value).error());
        }
    }
    std::ranges::sort(found);
    return found;
}

// The access time stays what it is.
struct Times {
    struct timespec both[2];
    explicit Times(Time mtime) noexcept
        : both{{.tv_sec = 0, .tv_nsec = UTIME_OMIT},
               {.tv_sec = mtime.seconds, .tv_nsec = mtime.nanoseconds}} {}
};

void warn(Warnings& warnings, int err, const char* operation, std::string_view shown,
          std::string cause = {}) {
    Error error = fail_errno(err, operation, std::string(shown)).error();
    error.kind = ErrorKind::partial;
    error.cause = std::move(cause);
    error.advice.clear();
    warnings.push_back(std::move(error));
}

// What a file system or a user may not do without the file being wrong otherwise.
bool refusal(int err) noexcept {
    return no_xattrs_here(err) || err == EPERM || err == EACCES || err == EINVAL || err == ENOSPC ||
           err == EDQUOT || err == E2BIG || err == ERANGE;
}

bool owner_differs(const Metadata& metadata, const ApplyOptions& options) noexcept {
    return options.current_owner == nullptr ||
           *options.current_owner != Owner{metadata.uid, metadata.gid};
}

template <class SetXattr>
Status set_xattrs(const Metadata& metadata, SetXattr set, std::string_view shown,
                  Warnings& warnings) {
    if (metadata.xattrs.empty()) return {};  // the usual case: not even geteuid
    const bool as_root = is_root();
    for (const auto& [name, value] : metadata.xattrs) {
        if (!is_kept_xattr(name, as_root)) continue;
        const int r = set(name.c_str(), value);
        if (r == 0) continue;
        if (!refusal(-r))
            return fail_errno(-r, "set attribute " + printable(name) + " of", std::string(shown));
        warn(warnings, -r, "set extended attribute of", shown, printable(name));
    }
    return {};
}

// Makes a change to the attributes of what its own user may perhaps not write (EACCES): the mode is
// set after them anyway.
template <class ChangeXattr>
int as_writer(int fd, const Metadata& metadata, ChangeXattr change) {
    const int r = change();
    if (r != -EACCES || sys::fchmod(fd, (metadata.mode & 0777) | 0600) != 0) return r;
    return change();
}

Status remove_other_xattrs(int fd, const Metadata& metadata, std::string_view shown,
                           Warnings& warnings) {
    HOLT_TRY_LET(present, read_xattrs(fd, shown));
    for (const auto& [name, value] : present) {
        const auto same_name = [&](const auto& wanted) { return wanted.first == name; };
        if (std::ranges::any_of(metadata.xattrs, same_name)) continue;
        const int r = as_writer(fd, metadata, [&] { return sys::fremovexattr(fd, name.c_str()); });
        if (r < 0 && r != -ENODATA)
            warn(warnings, -r, "remove extended attribute of", shown, printable(name));
    }
    return {};
}

// EPERM for root: the file system has one owner for all (NFS root_squash, vfat, a user namespace).
Status note_owner(int r, std::string_view shown, Warnings& warnings) {
    if (r == 0) return {};
    if (r != -EPERM && r != -EINVAL && r != -EOPNOTSUPP)
        return fail_errno(-r, "set owner of", std::string(shown));
    warn(warnings, -r, "set owner of", shown);
    return {};
}

// Of what has no descriptor to set them through: links, FIFOs.
Status set_owner_and_xattrs_at(int dir, const std::string& name, const Metadata& metadata,
                               const ApplyOptions& options, std::string_view shown,
                               Warnings& warnings) {
    if (owner_differs(metadata, options) && is_root()) {
        const int r = sys::fchownat(dir, name.c_str(), metadata.uid, metadata.gid);
        HOLT_TRY(note_owner(r, shown, warnings));
    }
    return set_xattrs(
        metadata,
        [&](const char* attribute, const std::string& value) {
            return sys::lsetxattr(dir, name.c_str(), attribute, value.data(), value.size());
        },
        shown, warnings);
}

}  // namespace

bool is_root() noexcept {
    return ::geteuid() == 0;
}

Owner caller() noexcept {
    return {.uid = ::geteuid(), .gid = ::getegid()};
}

bool is_kept_xattr(std::string_view name, bool as_root) noexcept {
    if (name.starts_with("user.")) return name.size() > 5;
    return as_root && (name == "security.capability" || name == "system.posix_acl_access" ||
                       name == "system.posix_acl_default");
}

Result<Xattrs> read_xattrs(int fd, std::string_view shown) {
    return read_all_xattrs(
        [&](char* to, std::size_t size) { return sys::flistxattr(fd, to, size); },
        [&](const char* name, char* to, std::size_t size) {
            return sys::fgetxattr(fd, name, to, size);
        },
        shown);
}

Result<Xattrs> read_xattrs_at(int dir, const std::string& name, std::string_view shown) {
    return read_all_xattrs(
        [&](char* to, std::size_t size) { return sys::llistxattr(dir, name.c_str(), to, size); },
        [&](const char* attribute, char* to, std::size_t size) {
            return sys::lgetxattr(dir, name.c_str(), attribute, to, size);
        },
        shown);
}

Result<Warnings> apply_metadata(int fd, const Metadata& metadata, const ApplyOptions& options,
                                std::string_view shown) {
    Warnings warnings;
    if (owner_differs(metadata, options) && is_root())
        HOLT_TRY(note_owner(sys::fchown(fd, metadata.uid, metadata.gid), shown, warnings));
    HOLT_TRY(set_xattrs(
        metadata,
        [&](const char* name, const std::string& value) {
            return as_writer(fd, metadata,
                             [&] { return sys::fsetxattr(fd, name, value.data(), value.size()); });
        },
        shown, warnings));
    if (options.exact_xattrs) HOLT_TRY(remove_other_xattrs(fd, metadata, shown, warnings));
    HOLT_TRY(set_mode(fd, metadata.mode, shown));
    HOLT_TRY(set_mtime(fd, metadata.mtime, shown));
    return warnings;
}

Result<Warnings> apply_symlink_metadata(int dir, const std::string& name, const Metadata& metadata,
                                        const ApplyOptions& options, std::string_view shown) {
    Warnings warnings;
    HOLT_TRY(set_owner_and_xattrs_at(dir, name, metadata, options, shown, warnings));
    HOLT_TRY(set_mtime_at(dir, name, metadata.mtime, shown));
    return warnings;
}

Result<Warnings> apply_special_metadata(int dir, const std::string& name, const Metadata& metadata,
                                        const ApplyOptions& options, std::string_view shown) {
    Warnings warnings;
    HOLT_TRY(set_owner_and_xattrs_at(dir, name, metadata, options, shown, warnings));
    if (const int r = sys::fchmodat(dir, name.c_str(), metadata.mode); r < 0)
        return fail_errno(-r, "set mode of", std::string(shown));
    HOLT_TRY(set_mtime_at(dir, name, metadata.mtime, shown));
    return warnings;
}

Status set_mode(int fd, std::uint16_t mode, std::string_view shown) {
    if (const int r = sys::fchmod(fd, mode & 07777); r < 0)
        return fail_errno(-r, "set mode of", std::string(shown));
    return {};
}

Status set_mtime(int fd, Time mtime, std::string_view shown) {
    const Times times(mtime);
    if (const int r = sys::futimens(fd, times.both); r < 0)
        return fail_errno(-r, "set time of", std::string(shown));
    return {};
}

Status set_mtime_at(int dir, const std::string& name, Time mtime, std::string_view shown) {
    const Times times(mtime);
    if (const int r = sys::utimensat(dir, name.c_str(), times.both); r < 0)
        return fail_errno(-r, "set time of", std::string(shown));
    return {};
}

}  // namespace holt::fs
