// A file that appears whole or not at all.
//
// Written under a temporary name, forced to the device, renamed into place, the folder forced too.
// The first error makes the object refuse everything further; after a failed fsync the descriptor
// is never synced again (the kernel may have dropped the pages) and the file is thrown away.
// Whatever is not committed is unlinked by the destructor; after a SIGKILL a name "*.tmp-*" is
// left, which is garbage. In the store's tmp/ that is swept (create_locked); in a user's folder
// nobody would, so there the file has no name until it is whole (O_TMPFILE). Thread rule: one
// thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"
#include "base/unique_fd.h"
#include "fs/durability.h"

namespace holt::fs {

enum class IfExists : std::uint8_t { fail, replace };
class AtomicFile {
  public:
    /// Creates "<stem>.tmp-<random>" in the folder `dir`, which must stay open until the file is
    /// committed or gone. `shown_folder` is for messages.
    static Result<AtomicFile> create(int dir, std::string_view stem, std::string_view shown_folder,
                                     unsigned mode = 0600);
    /// The same, locked (flock) for as long as it has that name: fs/walk/sweep.h then knows that
    /// its process lives. For the store's tmp/.
    static Result<AtomicFile> create_locked(int dir, std::string_view stem,
                                            std::string_view shown_folder, unsigned mode = 0600);
    /// As create_locked, but without a name where the file system can, so that a SIGKILL leaves
    /// nothing. Only between giving it a temporary name and renaming that over an existing file,
    /// under IfExists::replace, is there something to be left: the whole file.
    static Result<AtomicFile> create_unnamed(int dir, std::string_view stem,
                                             std::string_view shown_folder, unsigned mode = 0600);
    AtomicFile(AtomicFile&& other) noexcept;
    AtomicFile& operator=(AtomicFile&& other) noexcept;
    ~AtomicFile();

    /// Appends. Refused after any error.
    Status write(ByteView bytes);
    /// Overwrites or extends at an offset; does not move the end that write() appends at unless it
    /// goes beyond it.
    Status write_at(std::uint64_t offset, ByteView bytes);
    /// Bytes appended so far.
    std::uint64_t size() const noexcept { return size_; }
    /// For reading back what was written.
    int fd() const noexcept { return fd_.get(); }
    const std::string& temporary_name() const noexcept { return name_; }
    const std::string& shown() const noexcept { return shown_; }

    /// Forces the content to the device now; commit() then need not. Refused after any error.
    Status sync();
    /// Renames to `name` in `to_dir` (which may be another folder of the same file system). EEXIST
    /// becomes an error with sys_errno EEXIST under IfExists::fail: the file in place is untouched.
    /// Once renamed the file stays, even when forcing the folder then fails.
    /// `new_parent`: the folder above `to_dir`, when `to_dir` is new and must be forced too; -1
    /// else.
    Status commit(int to_dir, const std::string& name, std::string_view shown_target,
                  IfExists if_exists, Durability durability, int new_parent = -1);
    /// Unlinks the temporary file now. Nothing more may be done with it.
    void discard() noexcept;

  private:
    AtomicFile(int dir, std::string name, std::string shown, UniqueFd fd);
    Status usable() const;
    Status note(Status status);
    Status name_temporarily(std::string_view stem);

    int dir_ = -1;
    int owner_pid_ = 0;
    std::string name_;  // empty once committed or discarded, and while it has none
    std::string shown_;
    UniqueFd fd_;
    UniqueFd lock_;  // of the same open file: holds the lock until after the rename
    std::uint64_t size_ = 0;
    bool broken_ = false;
    bool synced_ = false;
};

struct NewFile {
    IfExists if_exists = IfExists::fail;
    Durability durability = Durability::none;
    unsigned mode = 0600;  ///< less the umask
};
/// Writes a whole small file: create, write, commit.
Status write_file_atomically(int dir, const std::string& name, ByteView bytes,
                             std::string_view shown, const NewFile& file);

}  // namespace holt::fs
