// Where a walk that changes or deletes has to stay: one mount and one device.
//
// A mount below a destination is not the destination's, whatever file system it shows: also the
// same one (a bind mount), of which the device number says nothing. So each step down asks the
// kernel not to cross a mount (openat2 with RESOLVE_NO_XDEV; the identity of the mount where that
// call is not to be had) and compares the device number, which tells btrfs subvolumes, which have
// no mount of their own. A mount that comes between a look and a step is met like any other.
// Thread rule: a value; functions from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/unique_fd.h"

namespace holt::fs {

/// What an open file is, and what it lies on.
struct Place {
    std::uint64_t mount = 0;  ///< id, as in /proc/self/mountinfo; 0: not known
    std::uint64_t dev = 0, ino = 0;
    std::uint16_t mode = 0;  ///< 07777
};
/// One statx; before Linux 5.8 also a look into /proc/self/fdinfo.
Result<Place> place_of(int fd, std::string_view shown);

/// A folder or file that was opened within a boundary.
struct Opened {
    UniqueFd fd;
    Place place;
};

class Boundary {
  public:
    /// What `folder` lies on; the folder itself may be the root of a mount.
    static Result<Boundary> around(int folder, std::string_view shown);

    /// Opens one subfolder, not followed if it is a symlink (ENOTDIR). Something mounted there, or
    /// another subvolume: crossing().
    Result<Opened> open_subfolder(int dir, const std::string& name, std::string_view shown) const;
    /// The same, without a right to it: for changing its mode (O_PATH).
    Result<Opened> open_handle(int dir, const std::string& name, std::string_view shown) const;
    /// Opens "a/b/c" below `dir`; "" is `dir` itself. No symlink on the way, no "..", any length.
    Result<UniqueFd> open_beneath(int dir, std::string_view relative, std::string_view shown) const;
    /// Opens a file for reading; a symlink is an error (ELOOP), a FIFO does not block.
    Result<UniqueFd> open_file(int dir, const std::string& name, std::string_view shown) const;

  private:
    explicit Boundary(Place place) : place_(place) {}
    Result<Opened> open(int dir, const std::string& name, int flags, std::string_view shown) const;

    Place place_;
};

/// The error of a step that would cross the boundary: unsafe_input, with EXDEV.
std::unexpected<Error> crossing(std::string_view shown);
bool is_crossing(const Error& error) noexcept;

}  // namespace holt::fs
