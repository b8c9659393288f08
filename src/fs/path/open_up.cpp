#include "fs/path/open_up.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "fs/file.h"
#include "fs/paths.h"
#include "fs/sys.h"

namespace holt::fs {
namespace {

constexpr std::uint16_t kAllRights = 0700;

Status give_rights(const Opened& handle, std::string_view shown) {
    const auto mode = static_cast<mode_t>(handle.place.mode | kAllRights);
    if (const int r = sys::chmod_handle(handle.fd.get(), mode); r < 0)
        return fail_errno(-r, "open up folder", std::string(shown));
    return {};
}

Status rename_entry(int from, const std::string& name, int to, const std::string& to_name,
                    IfThere if_there, std::string_view shown) {
    return if_there == IfThere::replace ? rename_replace(from, name, to, to_name, shown)
                                        : rename_no_replace(from, name, to, to_name, shown);
}

}  // namespace

Result<Opened> open_up(int dir, const std::string& name, const Boundary& within,
                       std::string_view shown) {
    HOLT_TRY_LET(handle, within.open_handle(dir, name, shown));
    HOLT_TRY(give_rights(handle, shown));
    const int fd = sys::openat(handle.fd.get(), ".", O_RDONLY | O_DIRECTORY);
    if (fd < 0) return fail_errno(-fd, "open folder", std::string(shown));
    return Opened{.fd = UniqueFd(fd), .place = handle.place};
}

Result<Opened> open_or_open_up(int dir, const std::string& name, const Boundary& within,
                               std::string_view shown) {
    auto opened = within.open_subfolder(dir, name, shown);
    if (opened || opened.error().sys_errno != EACCES) return opened;
    auto up = open_up(dir, name, within, shown);
    // EPERM: of another user, who alone may change it; the first answer says more.
    return up ? std::move(up) : std::move(opened);
}

Status move_entry(int from, const std::string& name, int to, const std::string& to_name,
                  IfThere if_there, std::string_view shown) {
    Status moved = rename_entry(from, name, to, to_name, if_there, shown);
    if (moved || moved.error().sys_errno != EACCES) return moved;
    HOLT_TRY_LET(within, Boundary::around(from, shown));
    auto handle = within.open_handle(from, name, shown);
    if (!handle || !give_rights(*handle, shown)) return moved;
    moved = rename_entry(from, name, to, to_name, if_there, shown);
    const int r = sys::chmod_handle(handle->fd.get(), handle->place.mode);
    if (moved && r < 0) return fail_errno(-r, "set mode of", std::string(shown));
    return moved;
}

Result<UniqueFd> open_up_beneath(int dir, std::string_view relative, const Boundary& within,
                                 std::string_view shown, std::vector<OpenedUp>& opened) {
    HOLT_TRY_LET(at, within.open_beneath(dir, "", shown));
    while (!relative.empty()) {
        const std::string name(relative.substr(0, relative.find('/')));
        relative.remove_prefix(std::min(relative.size(), name.size() + 1));
        HOLT_TRY_LET(handle, within.open_handle(at.get(), name, shown));
        const bool is_closed = (handle.place.mode & kAllRights) != kAllRights;
        if (is_closed) HOLT_TRY(give_rights(handle, shown));
        const int fd = sys::openat(handle.fd.get(), ".", O_RDONLY | O_DIRECTORY);
        if (fd < 0) return fail_errno(-fd, "open folder", std::string(shown));
        at = UniqueFd(fd);
        if (!is_closed) continue;
        HOLT_TRY_LET(again, duplicate(fd, shown));
        opened.emplace_back(std::move(again), handle.place.mode);
    }
    return at;
}

OpenedUp& OpenedUp::operator=(OpenedUp&& other) noexcept {
    close_again();
    fd_ = std::move(other.fd_);
    old_mode_ = other.old_mode_;
    return *this;
}

void OpenedUp::close_again() noexcept {
    if (fd_) (void)sys::fchmod(fd_.get(), old_mode_);
    fd_.reset();
}

}  // namespace holt::fs
