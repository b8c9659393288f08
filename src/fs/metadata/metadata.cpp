#include "fs/metadata/metadata.h"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include "base/unique_fd.h"
#include "fs/metadata/posix_acl.h"
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

// What a user may not read, or what has another form in another user namespace (EOVERFLOW).
bool unreadable(int err) noexcept {
    return err == EACCES || err == EPERM || err == EOVERFLOW;
}

template <class List, class Get>
Result<Xattrs> read_all_xattrs(List list, Get get, std::string_view shown, XattrLosses* lost) {
    Xattrs found;
    auto names = read_sized(list, shown);
    if (!names) {
        if (no_xattrs_here(names.error().sys_errno)) return found;
        return std::unexpected(std::move(names).error());
    }
    for (std::string_view rest = *names; !rest.empty();) {
        const std::string name(rest.substr(0, rest.find('\0')));
        rest.remove_prefix(std::min(rest.size(), name.size() + 1));
        const XattrFate fate = fate_of_xattr(name);
        if (fate == XattrFate::foreign && lost != nullptr) lost->push_back({name});
        if (fate != XattrFate::kept) continue;
        auto value = read_sized(
            [&](char* to, std::size_t size) { return get(name.c_str(), to, size); }, shown);
        if (value) {
            found.emplace_back(name, *std::move(value));
            continue;
        }
        const int err = value.error().sys_errno;
        if (err == ENODATA) continue;  // removed since the list was read
        if (!unreadable(err)) return std::unexpected(std::move(value).error());
        if (lost != nullptr) lost->push_back({name, err});
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
    advise(error, {});
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

/// Sets all; the value of an access list that was refused goes into `refused_acl`.
template <class SetXattr>
Status set_xattrs(const Metadata& metadata, SetXattr set, std::string_view shown,
                  Warnings& warnings, std::optional<std::string_view>& refused_acl) {
    for (const auto& [name, value] : metadata.xattrs) {
        // What belongs to another machine would be wrong here, if it could be set at all.
        const bool sets = fate_of_xattr(name) == XattrFate::kept;
        const int r = sets ? set(name.c_str(), value) : -EOPNOTSUPP;
        if (r == 0) continue;
        if (!refusal(-r))
            return fail_errno(-r, "set attribute " + printable(name) + " of", std::string(shown));
        warn(warnings, -r, "set extended attribute of", shown, printable(name));
        if (name == kAccessAcl) refused_acl = value;
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
bool owner_refused(int r) noexcept {
    return r == -EPERM || r == -EINVAL || r == -EOPNOTSUPP;
}

Status note_owner(int r, std::string_view shown, Warnings& warnings) {
    if (r == 0) return {};
    if (!owner_refused(r)) return fail_errno(-r, "set owner of", std::string(shown));
    warn(warnings, -r, "set owner of", shown);
    // Where an owner does not exist, as in a user namespace, no other run will do better.
    advise(warnings.back(), Advice::owner_caller);
    return {};
}

constexpr std::uint16_t kSetuid = 04000, kSetgid = 02000;

// The mode without setuid, or setgid, of a file that has not got its owner, or group: whoever has
// it instead would lend rights that nobody gave. Anyone may give a file of his own to a group of
// his.
Result<std::uint16_t> without_lent_rights(int fd, std::uint16_t mode, const Metadata& metadata,
                                          std::string_view shown, Warnings& warnings) {
    struct stat now;
    const auto look = [&]() -> Status {
        if (const int r = sys::fstat(fd, &now); r < 0)
            return fail_errno(-r, "look at", std::string(shown));
        return {};
    };
    HOLT_TRY(look());
    if (S_ISDIR(now.st_mode)) return mode;
    if ((mode & kSetgid) != 0 && now.st_gid != metadata.gid) {
        (void)sys::fchown(fd, kNoId, metadata.gid);
        HOLT_TRY(look());
    }
    const std::uint16_t lent = ((mode & kSetuid) != 0 && now.st_uid != metadata.uid ? kSetuid : 0) |
                               ((mode & kSetgid) != 0 && now.st_gid != metadata.gid ? kSetgid : 0);
    const auto left_away = [&](std::uint16_t bit, const char* cause) {
        if ((lent & bit) != 0) warn(warnings, 0, "set mode of", shown, cause);
    };
    left_away(kSetuid, "it could not be given its owner, so setuid is left away");
    left_away(kSetgid, "it could not be given its group, so setgid is left away");
    return static_cast<std::uint16_t>(mode & ~lent);
}

// Of what has no descriptor to set them through: links, FIFOs. The access control list that could
// not be set, if there is one.
Result<std::optional<std::string_view>> set_owner_and_xattrs_at(int dir, const std::string& name,
                                                                const Metadata& metadata,
                                                                const ApplyOptions& options,
                                                                std::string_view shown,
                                                                Warnings& warnings) {
    if (owner_differs(metadata, options) && is_root()) {
        const int r = sys::fchownat(dir, name.c_str(), metadata.uid, metadata.gid);
        HOLT_TRY(note_owner(r, shown, warnings));
    }
    std::optional<std::string_view> refused_acl;
    HOLT_TRY(set_xattrs(
        metadata,
        [&](const char* attribute, const std::string& value) {
            return sys::lsetxattr(dir, name.c_str(), attribute, value.data(), value.size());
        },
        shown, warnings, refused_acl));
    return refused_acl;
}

}  // namespace

bool is_root() noexcept {
    return ::geteuid() == 0;
}

Owner caller() noexcept {
    return {.uid = ::geteuid(), .gid = ::getegid()};
}

bool sees_trusted() noexcept {
    __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    std::array<__user_cap_data_struct, 2> sets{};
    if (::syscall(SYS_capget, &header, sets.data()) != 0) return is_root();
    if ((sets[0].effective >> CAP_SYS_ADMIN & 1) == 0) return false;
    // The initial user namespace has this number in every kernel (PROC_USER_INIT_INO). Where there
    // is no /proc to ask, nothing is claimed.
    constexpr ino_t kInitialNamespace = 0xEFFFFFFD;
    const UniqueFd space(sys::openat(AT_FDCWD, "/proc/self/ns/user", O_RDONLY));
    struct stat st;
    return space && sys::fstat(space.get(), &st) == 0 && st.st_ino == kInitialNamespace;
}

XattrFate fate_of_xattr(std::string_view name) noexcept {
    const auto in = [&](std::string_view space) {
        return name.starts_with(space) && name.size() > space.size();
    };
    // An xfs shows root its ACLs in the form that they have on its disk, too.
    if (name == "trusted.SGI_ACL_FILE" || name == "trusted.SGI_ACL_DEFAULT")
        return XattrFate::implied;
    // Labels and sums that a security module of this machine makes, for its own policy or key.
    const bool label = name == "security.selinux" || name == "security.ima" ||
                       name == "security.evm" || name == "security.apparmor" ||
                       name.starts_with("security.SMACK64");
    if (label) return XattrFate::foreign;
    const bool kept = in("user.") || in("trusted.") || in("security.") || in("btrfs.") ||
                      name == kAccessAcl || name == kDefaultAcl;
    return kept ? XattrFate::kept : XattrFate::foreign;
}

Result<Xattrs> read_xattrs(int fd, std::string_view shown, XattrLosses* lost) {
    return read_all_xattrs(
        [&](char* to, std::size_t size) { return sys::flistxattr(fd, to, size); },
        [&](const char* name, char* to, std::size_t size) {
            return sys::fgetxattr(fd, name, to, size);
        },
        shown, lost);
}

Result<Xattrs> read_xattrs_at(int dir, const std::string& name, std::string_view shown,
                              XattrLosses* lost) {
    return read_all_xattrs(
        [&](char* to, std::size_t size) { return sys::llistxattr(dir, name.c_str(), to, size); },
        [&](const char* attribute, char* to, std::size_t size) {
            return sys::lgetxattr(dir, name.c_str(), attribute, to, size);
        },
        shown, lost);
}

std::uint16_t mode_for_copy(int fd, std::uint16_t mode) {
    const std::string name(kAccessAcl);
    const auto list = read_sized(
        [&](char* to, std::size_t size) { return sys::fgetxattr(fd, name.c_str(), to, size); }, "");
    return list ? mode_without_acl(mode, *list) : mode;
}

Result<Warnings> apply_metadata(int fd, const Metadata& metadata, const ApplyOptions& options,
                                std::string_view shown) {
    Warnings warnings;
    if (owner_differs(metadata, options) && is_root())
        HOLT_TRY(note_owner(sys::fchown(fd, metadata.uid, metadata.gid), shown, warnings));
    std::optional<std::string_view> refused_acl;
    HOLT_TRY(set_xattrs(
        metadata,
        [&](const char* name, const std::string& value) {
            return as_writer(fd, metadata,
                             [&] { return sys::fsetxattr(fd, name, value.data(), value.size()); });
        },
        shown, warnings, refused_acl));
    if (options.exact_xattrs) HOLT_TRY(remove_other_xattrs(fd, metadata, shown, warnings));
    std::uint16_t mode = metadata.mode;
    if (refused_acl) mode = mode_without_acl(mode, *refused_acl);
    if ((mode & (kSetuid | kSetgid)) != 0) {
        HOLT_TRY_LET(safe, without_lent_rights(fd, mode, metadata, shown, warnings));
        mode = safe;
    }
    HOLT_TRY(set_mode(fd, mode, shown));
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
    HOLT_TRY_LET(refused_acl,
                 set_owner_and_xattrs_at(dir, name, metadata, options, shown, warnings));
    const std::uint16_t mode =
        refused_acl ? mode_without_acl(metadata.mode, *refused_acl) : metadata.mode;
    if (const int r = sys::fchmodat(dir, name.c_str(), mode); r < 0)
        return fail_errno(-r, "set mode of", std::string(shown));
    HOLT_TRY(set_mtime_at(dir, name, metadata.mtime, shown));
    return warnings;
}

bool may_write(int folder) noexcept {
    return sys::faccess(folder, W_OK | X_OK) == 0;
}

Status give_to_group(int fd, std::uint32_t group, std::string_view shown) {
    if (const int r = sys::fchown(fd, kNoId, group); r < 0)
        return fail_errno(-r, "set group of", std::string(shown));
    return {};
}

Status set_xattr(int fd, const std::string& name, std::string_view value, std::string_view shown) {
    if (const int r = sys::fsetxattr(fd, name.c_str(), value.data(), value.size()); r < 0)
        return fail_errno(-r, "set " + name + " of", std::string(shown));
    return {};
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
