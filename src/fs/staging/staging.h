// Building a new tree out of sight and publishing it in one step.
//
// Beside the destination NAME stands ".NAME.holt-partial-XXXXXXXX", mode 0700, with a flock on it
// for as long as it is in use. publish() renames it into place. What was not published is removed
// by the destructor; after a SIGKILL it is the staging folder alone that is left, its lock is free,
// and the next begin() for the same destination removes it. The destination is, at every moment,
// absent (or the empty folder it was) or the whole new tree.
//
// One exception: an empty folder that cannot be replaced (a mount point, a btrfs subvolume, the
// working directory, a parent that may not be written) keeps its inode. The staging folder then
// lies inside it and publish() moves its content up name by name; a SIGKILL meanwhile leaves part
// of the tree there, beside the staging folder with the rest, whose name is then
// ".NAME.holt-moving-XXXXXXXX": the next restore finishes it.
//
// One restore at a time: the first staging folder of a new destination has always the same name,
// and the lock on it is what others wait for. A folder that is there is locked itself by whoever
// restores into it.
// Thread rule: begin, publish and destruction from one thread; fd() may be used by many.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"
#include "fs/lock.h"
#include "fs/metadata/metadata.h"
#include "fs/path/open_up.h"
#include "fs/staging/atomic_file.h"
#include "fs/stat.h"
#include "fs/walk/merge.h"

namespace holt::fs {

/// What stands where a tree shall be written.
/// Stale staging folders inside do not count as content.
enum class DestinationState : std::uint8_t { absent, empty_folder, folder };

/// A destination as given by the user, checked: its parent open, its last component known.
struct Destination {
    UniqueFd parent;
    std::string name;   ///< one component
    std::string shown;  ///< as the user gave it
    std::string parent_shown;
    DestinationState state = DestinationState::absent;
    bool keep_inode = false;  ///< an empty folder that must not be replaced by another one
    /// It was empty, and a publish() into it was interrupted: what stands in it is a part of that
    /// tree, and may be finished without being asked to overwrite anything.
    bool half_published = false;
    /// One entry is to take this name (publish_entry), and something stands there by now.
    bool replaces_entry = false;
    OpenedUp opened{};  ///< when its user had no right to look into it
};

/// What becomes of a destination that its own user may not read, write or search.
enum class Closed : std::uint8_t {
    refuse,  ///< an error (EACCES)
    open_up  ///< it is opened up, for as long as the Destination lives
};

/// Looks at a destination: trailing slashes dropped, "." and ".." at the end resolved to the
/// folder's own name. A missing parent, a parent that is no folder, a destination that is a file or
/// a symlink to nowhere, a working folder that was removed: an error that says what to do. A
/// symlink to a folder means that folder; one of another user is unsafe_input (follow_path.h).
Result<Destination> look_at_destination(const std::string& path, Closed closed = Closed::refuse);
/// The same, and refuses a folder that is not empty (ErrorKind::failed: "give an empty or new
/// folder, or use --force"), unless an interrupted publish() made it so.
Result<Destination> look_at_new_destination(const std::string& path);

class Staging {
  public:
    /// Removes stale staging folders of this destination, makes a new one, locks it. The
    /// destination must be absent or an empty folder. `busy` when another process restores to it
    /// for longer than `wait` says, or did so until now: then look at the destination again.
    static Result<Staging> begin(Destination destination, const LockWait& wait = {});
    /// For a destination that is a folder with something in it: the staging folder lies inside, and
    /// marks the destination as incomplete for as long as it is there. `busy` when another process
    /// restores into it.
    static Result<Staging> begin_over(Destination destination);
    /// For a destination that is a folder and shall be replaced whole: as begin(), beside it. An
    /// error, before anything is changed, when it cannot be replaced in one step.
    static Result<Staging> begin_beside(Destination destination);
    /// A folder of our own where a staging folder would be, to prepare something in. It is never
    /// published, marks nothing and keeps nobody waiting.
    static Result<Staging> begin_private(Destination destination);
    Staging(Staging&&) noexcept = default;
    Staging& operator=(Staging&&) = delete;
    ~Staging();

    /// The staging folder: the root of the new tree.
    int fd() const noexcept { return lock_.fd(); }
    /// Owner of everything newly made below it.
    Owner new_owner() const noexcept { return owner_; }
    /// The staging folder's own name.
    const std::string& name() const noexcept { return name_; }
    const Destination& destination() const noexcept { return destination_; }
    /// Staging folders and old trees that are no longer needed and could not be removed, with the
    /// reason: of kind `partial`. The next run tries again.
    const std::vector<Error>& left_behind() const noexcept { return left_behind_; }

    /// Forces the tree to the device now instead of when it is published.
    Status sync();
    /// Puts the tree in its place. Mode, owner and times of the root must be set by now (through
    /// fd()). Durable: the file system is synced before the rename and the parent after it.
    /// On an error nothing is published, and the destructor removes the staging folder.
    Status publish(Durability durability);
    /// After begin(): only the entry `name` of the tree takes the destination's name, in one step.
    /// What stands there and is no folder is replaced if asked. The rest goes with the staging
    /// folder.
    Status publish_entry(const std::string& name, IfExists if_exists, Durability durability);
    /// After begin_beside: the tree takes the folder's place in one step, and the old one is
    /// removed (or left_behind()). Durable. On an error the old one stands.
    Status publish_replacing();
    /// After begin_over: what stands in the destination will be changed in place, through root().
    /// From here on the destination stays marked as incomplete, whatever happens, until
    /// finish_in_place().
    void mark_incomplete() noexcept;
    /// Removes the mark: all is in place, and root() is as it shall be. Where something that was
    /// moved aside cannot be removed, it is left_behind(), and so is the mark.
    Status finish_in_place(Durability durability);
    /// The folder that is the tree's root once it is published.
    int root() const noexcept { return inside_ ? inside_.get() : fd(); }
    /// After begin_over: moves the tree over what stands in the destination (merge.h), then removes
    /// the mark. Interrupted, or after an error, the destination stays marked; doing it again
    /// finishes it.
    Status publish_over(Extras extras, Durability durability);

  private:
    Staging(Destination destination, UniqueFd inside, std::string name, FileLock lock);
    /// The folder that the staging folder lies in.
    int home() const noexcept { return inside_ ? inside_.get() : destination_.parent.get(); }
    static Result<Staging> make(Destination destination, UniqueFd inside, std::string name,
                                FileLock lock);
    Status check_replaceable();
    Status check_free(int empty_folder) const;
    Status check_alone() const;
    void remember_root(const FileStat& before);
    void forget_visit(const FileStat& now);
    void leave_behind(const std::string& name, const Error& why);
    std::unexpected<Error> somebody_was_faster(const char* cause) const;
    Status replace_destination();
    Status replace_by_two_renames();
    Status move_content_up();
    Status remove_mark();

    Destination destination_;
    UniqueFd inside_;  // the destination, where it keeps its inode
    std::string name_;
    FileLock lock_;
    Owner owner_;
    int owner_pid_ = 0;
    bool synced_ = false;
    // Of the folder around it, when that is the destination: as it was before, and with the staging
    // folder in it.
    std::optional<FileStat> root_before_;
    FileStat root_made_;
    bool stays_as_mark_ = false;  // the destination is half of the one tree and half of the other
    std::vector<Error> left_behind_;
};

/// Ends a replacement that was interrupted between its two renames: nothing is at the destination,
/// and a complete tree for it stands beside. True when it did so, and the destination is to be
/// looked at again; otherwise does nothing.
Result<bool> finish_replacement(const Destination& destination);

/// Removes what earlier runs left beside a destination that is a folder: staging folders that no
/// process holds any more. What could not be removed, and why.
std::vector<Error> sweep_beside(const Destination& destination);

}  // namespace holt::fs
