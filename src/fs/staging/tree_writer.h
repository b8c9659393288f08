// Making the parts of a tree below one folder: the fewest calls, nothing followed, nothing reused.
//
// Each function takes the parent's descriptor and one name, so no path is ever walked twice and
// none can lead outside. Folders are made 0700 and files 0600, O_EXCL, unless the caller asks for
// other permissions (which the umask may lessen); what they shall be comes last, by metadata.h. A
// hard link is made only from a file that this run made, known by its inode.
// Thread rule: pure functions; any number of threads may write into the same folder.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"
#include "base/unique_fd.h"
#include "fs/metadata/metadata.h"
#include "fs/stat.h"

namespace holt::fs {

inline constexpr std::uint16_t kNewFolderMode = 0700, kNewFileMode = 0600;

/// Makes a folder that must not exist: one mkdirat.
Status make_folder(int parent, const std::string& name, std::string_view shown,
                   std::uint16_t mode = kNewFolderMode);
/// Makes a folder and opens it: one mkdirat, one openat.
Result<UniqueFd> make_and_open_folder(int parent, const std::string& name, std::string_view shown);
/// Creates a file that must not exist, for writing (and for cloning from): one openat.
Result<UniqueFd> make_file(int parent, const std::string& name, std::string_view shown,
                           std::uint16_t mode = kNewFileMode);
/// A file without a name in the folder's file system: gone when it is closed, unless it was linked.
/// EOPNOTSUPP (sys_errno) where there is no O_TMPFILE.
Result<UniqueFd> make_unnamed_file(int folder, std::string_view shown);
Status make_symlink(int parent, const std::string& name, const std::string& target,
                    std::string_view shown);
Status make_fifo(int parent, const std::string& name, std::string_view shown);

/// A file that this run made, as a source of hard links.
struct MadeFile {
    int folder = -1;  ///< borrowed descriptor of the folder it is in
    std::string name;
    std::uint64_t dev = 0, ino = 0;
};
/// A further name for a file that this run made. When the name turns out to be another inode by now
/// nothing is left behind and the error is ErrorKind::unsafe_input. EMLINK comes as sys_errno.
Status link_made_file(const MadeFile& from, int parent, const std::string& name,
                      std::string_view shown);
/// A further name for an open file (a pool file whose content was just checked): whatever happens
/// to its old name meanwhile, it is this inode that gets the name. EMLINK, EXDEV, ENOENT (it has no
/// name left) as sys_errno.
Status link_open_file(int fd, int parent, const std::string& name, std::string_view shown);

/// The owner that everything made below `folder` (itself made by this run) gets: its own. For
/// ApplyOptions::current_owner.
Result<Owner> new_owner(int folder, std::string_view shown);

/// Fills a new file front to back or in pieces, leaving holes where nothing is put.
/// Thread rule: one thread at a time.
class FileFill {
  public:
    /// `fd`, a new and empty file, and `shown` are borrowed.
    FileFill(int fd, std::string_view shown) : fd_(fd), shown_(shown) {}
    /// Puts bytes at an offset; pieces may come in any order, each byte once.
    Status put(std::uint64_t offset, ByteView bytes);
    /// Gives the file its length: one ftruncate, only when the end is a hole.
    Status finish(std::uint64_t size);

  private:
    int fd_;
    std::string_view shown_;
    std::uint64_t end_ = 0;
};

}  // namespace holt::fs
