// Mode, owner, times and extended attributes: read with the tree, set last when a tree is written.
//
// Through a descriptor wherever one can be had, in the order that loses nothing: owner (the kernel
// drops setuid and capabilities when it changes), attributes (while the file can still be written),
// mode, times. Symlinks and FIFOs go by (folder, name), never followed; the mode of a symlink is
// never touched. Which attributes are kept is decided by their names alone, for every user; what a
// user may not read or set, the kernel says.
//
// Where something cannot be set, nobody gets rights by that: without its access list a file gets
// the mode of posix_acl.h's mode_without_acl(), and one that does not get its owner, or group,
// loses setuid, or setgid. Folders keep setgid: it gives nobody a right. Thread rule: pure
// functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "fs/stat.h"

namespace holt::fs {

struct Metadata {
    std::uint16_t mode = 0;  ///< 07777
    std::uint32_t uid = 0, gid = 0;
    Time mtime{};
    Xattrs xattrs{};
};

struct Owner {
    std::uint32_t uid = 0, gid = 0;
    bool operator==(const Owner&) const = default;
};

/// What becomes of an attribute.
enum class XattrFate : std::uint8_t {
    kept,     ///< stored and restored: user.*, trusted.*, security.*, ACLs, btrfs.*
    foreign,  ///< belongs to this machine or file system (security.selinux, system.nfs4_acl): told
    implied   ///< another form of one that is kept
};
XattrFate fate_of_xattr(std::string_view name) noexcept;

/// Effective uid 0.
bool is_root() noexcept;
/// Whose the files are that this process makes: its effective user and group.
Owner caller() noexcept;
/// Whether this process is shown trusted.*, which the kernel hides from others without a word: it
/// has CAP_SYS_ADMIN, in the initial user namespace.
bool sees_trusted() noexcept;

/// An attribute that a file has and read_xattrs() does not give.
struct XattrLoss {
    std::string name;
    int err = 0;  ///< why it could not be read; 0: it is foreign
};
using XattrLosses = std::vector<XattrLoss>;

/// The attributes of an open file or folder. A file system without attributes has none. Losses are
/// added to `lost`, if it is given.
Result<Xattrs> read_xattrs(int fd, std::string_view shown, XattrLosses* lost = nullptr);
/// The attributes of a name below a folder, not opened and not followed: symlinks, FIFOs.
Result<Xattrs> read_xattrs_at(int dir, const std::string& name, std::string_view shown,
                              XattrLosses* lost = nullptr);

/// The mode that a copy of an open file shall have, which gets no access list: that of its own
/// mode, unless it has such a list.
std::uint16_t mode_for_copy(int fd, std::uint16_t mode);

/// What could not be set although the file is otherwise right: each is of ErrorKind::partial.
using Warnings = std::vector<Error>;

struct ApplyOptions {
    /// The owner as it is now, when known (that of what this run created: TreeWriter::new_owner):
    /// saves the call when nothing changes.
    const Owner* current_owner = nullptr;
    /// Also remove kept attributes that `Metadata` does not have: for a folder that existed before.
    bool exact_xattrs = false;
};

/// Sets all through a descriptor that this process created or holds exclusively. The owner is set
/// only as root; otherwise it stays what it is, silently, as with every tool, unless the mode has
/// setuid or setgid. Attributes that are refused are warnings, and so are bits of the mode that are
/// left away.
Result<Warnings> apply_metadata(int fd, const Metadata& metadata, const ApplyOptions& options,
                                std::string_view shown);
/// For a symlink: owner, attributes and times of the link itself.
Result<Warnings> apply_symlink_metadata(int dir, const std::string& name, const Metadata& metadata,
                                        const ApplyOptions& options, std::string_view shown);
/// For a FIFO or a device, by name: owner, mode, times. `dir` must be a folder in which nobody else
/// renames (a staging folder of mode 0700).
Result<Warnings> apply_special_metadata(int dir, const std::string& name, const Metadata& metadata,
                                        const ApplyOptions& options, std::string_view shown);

/// Whether this process may make and remove names in an open folder.
bool may_write(int folder) noexcept;

/// Single steps, for repairing what differs only, and for folders of our own.
Status give_to_group(int fd, std::uint32_t group, std::string_view shown);
Status set_xattr(int fd, const std::string& name, std::string_view value, std::string_view shown);
Status set_mode(int fd, std::uint16_t mode, std::string_view shown);
Status set_mtime(int fd, Time mtime, std::string_view shown);
Status set_mtime_at(int dir, const std::string& name, Time mtime, std::string_view shown);

}  // namespace holt::fs
