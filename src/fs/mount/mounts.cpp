#include "fs/mount/mounts.h"

#include <algorithm>
#include <cerrno>

#include "fs/boundary.h"
#include "fs/file.h"
#include "fs/folder.h"
#include "fs/mount/mountinfo.h"
#include "fs/mount/subvolumes.h"
#include "fs/paths.h"

namespace holt::fs {
namespace {

constexpr const char* kMountInfo = "/proc/self/mountinfo";
constexpr std::size_t kMaxMountInfo = 256u << 20;  // a million mounts

bool no_proc(const Error& error) noexcept {
    return error.sys_errno == ENOENT || error.sys_errno == ENOTDIR || error.sys_errno == EACCES ||
           error.sys_errno == EPERM;
}

Result<std::vector<std::string>> find_mount_points(int folder, std::string_view shown) {
    const auto text = read_file(kWorkingFolder, kMountInfo, kMaxMountInfo, kMountInfo);
    const auto path = text ? path_of(folder, shown) : std::unexpected(text.error());
    if (!path && no_proc(path.error())) return std::vector<std::string>();
    if (!path) return std::unexpected(path.error());
    HOLT_TRY_LET(place, place_of(folder, shown));
    return mount_points_below(parse_mountinfo(as_text(*text)), place.mount, *path);
}

}  // namespace

MountsBelow::MountsBelow(std::vector<std::string> paths) : paths_(std::move(paths)) {
    std::ranges::sort(paths_);
    paths_.erase(std::ranges::unique(paths_).begin(), paths_.end());
}

Result<MountsBelow> MountsBelow::find(int folder, std::string_view shown) {
    HOLT_TRY_LET(paths, find_mount_points(folder, shown));
    HOLT_TRY_LET(subvolumes, find_subvolumes_below(folder, shown));
    std::ranges::move(subvolumes, std::back_inserter(paths));
    return MountsBelow(std::move(paths));
}

bool MountsBelow::at(std::string_view path) const noexcept {
    return std::ranges::binary_search(paths_, path);
}

bool MountsBelow::below(std::string_view path) const noexcept {
    // All paths that begin with PATH and a slash stand together.
    const auto is_before = [&](std::string_view one) {
        const int order = one.substr(0, path.size()).compare(path);
        return order < 0 || (order == 0 && (one.size() == path.size() || one[path.size()] < '/'));
    };
    const auto first = std::ranges::partition_point(paths_, is_before);
    return first != paths_.end() && first->size() > path.size() && first->starts_with(path) &&
           (*first)[path.size()] == '/';
}

std::unexpected<Error> refuse_mounts(const std::vector<std::string>& paths,
                                     std::string_view shown) {
    auto error = crossing(join_path(shown, paths.front()));
    error.error().operation = "use destination";
    error.error().sys_errno = 0;  // no call was made
    if (paths.size() == 1) return error;
    error.error().cause = "other file systems, or parts of them, are mounted there and at ";
    for (std::size_t i = 1; i < paths.size(); ++i)
        error.error().cause += (i > 1 ? ", '" : "'") + printable(join_path(shown, paths[i])) + "'";
    error.error().advice = "unmount them, or restore to another folder";
    return error;
}

Status refuse_mounts_below(int folder, std::string_view shown) {
    HOLT_TRY_LET(mounts, MountsBelow::find(folder, shown));
    if (mounts.empty()) return {};
    return refuse_mounts(mounts.paths(), shown);
}

}  // namespace holt::fs
