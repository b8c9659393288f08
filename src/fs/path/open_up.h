// Folders that their own user may not read, write or search (modes 0555, 0300, 0): a restore may
// have left them so, and has to change them again.
//
// The folder gets u+rwx through a descriptor that needs no right to it, of the inode that was seen
// to lie within the boundary: no mode of anything that is mounted there is changed. Whoever opens
// one sets its final mode later. Root may do all without it. Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"
#include "fs/boundary.h"

namespace holt::fs {

/// Opens a subfolder after giving its user all rights to it; the place's mode is the one before.
Result<Opened> open_up(int dir, const std::string& name, const Boundary& within,
                       std::string_view shown);
/// Opens a subfolder as it is, and opens it up only when that is refused (EACCES).
Result<Opened> open_or_open_up(int dir, const std::string& name, const Boundary& within,
                               std::string_view shown);

enum class IfThere : std::uint8_t { fail, replace };

/// Renames from one folder to another. A folder can be moved only by who may write it: it is opened
/// up for that moment.
Status move_entry(int from, const std::string& name, int to, const std::string& to_name,
                  IfThere if_there, std::string_view shown);

/// The mode of a folder that was opened up, set again when this goes: whoever gives the folder its
/// final mode, or must leave it open, calls keep().
class OpenedUp {
  public:
    OpenedUp() = default;
    OpenedUp(UniqueFd fd, std::uint16_t old_mode) : fd_(std::move(fd)), old_mode_(old_mode) {}
    OpenedUp(OpenedUp&&) noexcept = default;
    OpenedUp& operator=(OpenedUp&& other) noexcept;
    ~OpenedUp() { close_again(); }

    void keep() noexcept { fd_.reset(); }
    /// Nothing when no mode is to be set again.
    std::optional<std::uint16_t> old_mode() const noexcept {
        return fd_ ? std::optional(old_mode_) : std::nullopt;
    }
    void close_again() noexcept;

  private:
    UniqueFd fd_;
    std::uint16_t old_mode_ = 0;
};

/// Opens "a/b/c" below `dir` after giving all rights to each folder on the way that its user may
/// not enter or change; `opened` closes them again.
Result<UniqueFd> open_up_beneath(int dir, std::string_view relative, const Boundary& within,
                                 std::string_view shown, std::vector<OpenedUp>& opened);

}  // namespace holt::fs
