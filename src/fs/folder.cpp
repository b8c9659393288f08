#include "fs/folder.h"

#include <dirent.h>
#include <linux/openat2.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <memory>

#include "fs/file.h"
#include "fs/open_resolved.h"
#include "fs/sys.h"

namespace holt::fs {
namespace {

constexpr std::uint64_t kStayBeneath =
    RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;

// Room for some 400 names of 255 bytes, or 4,000 usual ones, per call.
constexpr std::size_t kListBuffer = 128 * 1024;

// linux_dirent64, as getdents64(2) writes it: the name follows, NUL-terminated, padded to 8 bytes.
struct RawEntry {
    std::uint64_t ino;
    std::int64_t offset;
    std::uint16_t length;
    std::uint8_t type;
    char name[];
};

// Calls `take(name)` for each name; false from it ends the listing.
template <class Take>
Status for_each_name(int fd, std::string_view shown, Take take) {
    thread_local const auto buffer = std::make_unique<std::uint64_t[]>(kListBuffer / 8);
    const auto* bytes = reinterpret_cast<const char*>(buffer.get());
    if (const auto r = sys::lseek(fd, 0, SEEK_SET); r < 0)
        return fail_errno(static_cast<int>(-r), "read folder", std::string(shown));
    for (;;) {
        const ssize_t got = sys::getdents64(fd, buffer.get(), kListBuffer);
        if (got < 0) return fail_errno(static_cast<int>(-got), "read folder", std::string(shown));
        if (got == 0) return {};
        for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
            const auto* entry = reinterpret_cast<const RawEntry*>(bytes + at);
            at += entry->length;
            const std::string_view name = entry->name;
            if (name == "." || name == "..") continue;
            if (!take(name)) return {};
        }
    }
}

// The target of a symlink. EINVAL: it is no symlink any more.
Result<std::string> read_target(int dir, const std::string& name, std::string_view shown) {
    char target[PATH_MAX + 1];  // Linux allows no longer one
    const ssize_t got = sys::readlinkat(dir, name.c_str(), target, sizeof target);
    if (got < 0) return fail_errno(static_cast<int>(-got), "read symlink", join_path(shown, name));
    return std::string(target, static_cast<std::size_t>(got));
}

Status look_at_entry(int fd, DirEntry& entry, std::string_view shown) {
    struct stat st;
    if (const int r = sys::fstatat(fd, entry.name.c_str(), &st); r < 0)
        return fail_errno(-r, "look at", join_path(shown, entry.name));
    entry.stat = to_file_stat(st);
    if (entry.stat.kind != Kind::symlink) return {};
    HOLT_TRY_LET(target, read_target(fd, entry.name, shown));
    entry.symlink_target = std::move(target);
    return {};
}

// One component after the other: where openat2 is not to be had.
Result<UniqueFd> open_by_components(int dir, std::string_view relative, std::string_view shown) {
    UniqueFd at;
    while (!relative.empty()) {
        const std::string_view name = relative.substr(0, relative.find('/'));
        relative.remove_prefix(std::min(relative.size(), name.size() + 1));
        HOLT_TRY_LET(next, open_subfolder(at ? at.get() : dir, std::string(name), shown));
        at = std::move(next);
    }
    return at;
}

// The longest part of `relative` that ends at a component and fits one system call.
std::string_view first_part(std::string_view relative) {
    if (relative.size() < PATH_MAX) return relative;
    return relative.substr(0, relative.rfind('/', PATH_MAX - 1));
}

// A part of fewer than PATH_MAX bytes, beneath `dir`.
Result<UniqueFd> open_part(int dir, const std::string& part, std::string_view shown) {
    const int fd = open_resolved(dir, part.c_str(), kFolderFlags, kStayBeneath);
    if (fd >= 0) return UniqueFd(fd);
    if (fd != -ENOSYS) return fail_errno(-fd, "open folder", std::string(shown));
    return open_by_components(dir, part, shown);
}

}  // namespace

bool is_component(std::string_view name) noexcept {
    return !name.empty() && name.size() <= NAME_MAX && name != "." && name != ".." &&
           name.find('/') == std::string_view::npos && name.find('\0') == std::string_view::npos;
}

Status check_component(std::string_view name, std::string_view shown) {
    if (is_component(name)) return {};
    return fail(ErrorKind::unsafe_input, "use name", std::string(shown),
                "'" + printable(name.substr(0, NAME_MAX + 1)) + "' is not the name of one file");
}

std::string join_path(std::string_view parent, std::string_view name) {
    std::string path;
    path.reserve(parent.size() + 1 + name.size());
    path = parent;
    if (!path.empty() && path.back() != '/' && !name.empty()) path += '/';
    path += name;
    return path;
}

Result<UniqueFd> open_folder(const std::string& path) {
    const int fd = sys::openat(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY);
    switch (fd) {
        case -ENOENT:
            return fail_missing("open folder", path, "there is no such folder", "check the path");
        case -ENOTDIR:
            return fail(ErrorKind::failed, "open folder", path, "it is not a folder",
                        "give the path of a folder");
        default:
            if (fd < 0) return fail_errno(-fd, "open folder", path);
            return UniqueFd(fd);
    }
}

Result<UniqueFd> open_subfolder(int dir, const std::string& name, std::string_view shown) {
    HOLT_TRY(check_component(name, shown));
    const int fd = sys::openat(dir, name.c_str(), kFolderFlags);
    if (fd < 0) return fail_errno(-fd, "open folder", std::string(shown));
    return UniqueFd(fd);
}

Result<UniqueFd> open_beneath(int dir, std::string_view relative, std::string_view shown) {
    for (std::size_t at = 0; at <= relative.size() && !relative.empty();) {
        const std::size_t slash = std::min(relative.find('/', at), relative.size());
        HOLT_TRY(check_component(relative.substr(at, slash - at), shown));
        at = slash + 1;
    }
    if (relative.empty()) {
        const int fd = sys::openat(dir, ".", O_RDONLY | O_DIRECTORY);
        if (fd < 0) return fail_errno(-fd, "open folder", std::string(shown));
        return UniqueFd(fd);
    }
    UniqueFd at;
    while (!relative.empty()) {
        const std::string part(first_part(relative));
        relative.remove_prefix(std::min(relative.size(), part.size() + 1));
        HOLT_TRY_LET(next, open_part(at ? at.get() : dir, part, shown));
        at = std::move(next);
    }
    return at;
}

Listing look_at_names(int fd, std::span<std::string> names, std::string_view shown) {
    Listing listing;
    listing.entries.reserve(names.size());
    for (std::string& name : names) {
        DirEntry entry{.name = std::move(name), .stat = {}};
        if (!is_component(entry.name)) {  // a file system that breaks the rules (FUSE)
            auto bad = check_component(entry.name, shown);
            listing.errors.push_back({std::move(entry.name), std::move(bad).error()});
            continue;
        }
        const Status looked = look_at_entry(fd, entry, shown);
        if (looked) {
            listing.entries.push_back(std::move(entry));
        } else if (looked.error().sys_errno != ENOENT) {
            listing.errors.push_back({std::move(entry.name), looked.error()});
        }
    }
    return listing;
}

Result<Listing> list_folder(int fd, std::string_view shown) {
    HOLT_TRY_LET(names, list_names(fd, shown));
    return look_at_names(fd, names, shown);
}

Result<std::vector<std::string>> list_names(int fd, std::string_view shown) {
    return list_names_if(fd, shown, [](std::string_view) { return true; });
}

Result<std::vector<std::string>> list_names_if(
    int fd, std::string_view shown, const std::function<bool(std::string_view)>& wanted) {
    std::vector<std::string> names;
    HOLT_TRY(for_each_name(fd, shown, [&](std::string_view name) {
        if (wanted(name)) names.emplace_back(name);
        return true;
    }));
    std::ranges::sort(names);  // std::string compares bytes as unsigned
    // A folder that is renamed in while it is listed may give a name twice.
    names.erase(std::ranges::unique(names).begin(), names.end());
    return names;
}

Result<std::string> read_symlink(int dir, const std::string& name, std::string_view shown) {
    HOLT_TRY(check_component(name, shown));
    return read_target(dir, name, shown);
}

Result<bool> is_empty_folder(int fd, std::string_view shown) {
    bool empty = true;
    HOLT_TRY(for_each_name(fd, shown, [&](std::string_view) { return empty = false; }));
    return empty;
}

}  // namespace holt::fs
