// Reading source files for a snapshot so that what is stored is one moment's content.
//
// A file is stat'ed through its descriptor before and after it is read; when the two differ it is
// read again, and after kMaxTries it is left out and named (SAFETY: "source file changes while it
// is read"). Thread rule: functions from any thread; a LargeFileReader belongs to one thread at a
// time.
#pragma once

#include <string>

#include "codec/blake3/blake3.h"
#include "store/snapshot_unit.h"

namespace holt::store {

inline constexpr int kMaxTries = 3;

/// Reads a small file (item.what == read) of the folder open as `folder_fd`, appends its content to
/// `data` and fills in offset, length, stat, xattrs, holes and record. What is wrong with the file
/// goes into item.error, with what = failed. A file that has grown past `limit` bytes is reported
/// as changed.
void read_small_file(int folder_fd, const std::string& shown, FileItem& item, Bytes& data,
                     std::size_t limit);

/// Cuts a large file into chunks, front to back (FastCDC).
class LargeFileReader {
  public:
    /// `folder_fd` is kept while the file is read.
    LargeFileReader(std::shared_ptr<const UniqueFd> folder_fd, FolderState* folder,
                    std::size_t index, std::string shown);

    /// The next item, with its bytes put into `data` when it is a chunk. Nothing when the file is
    /// done.
    std::optional<FileItem> next(Bytes& data);
    const std::shared_ptr<const UniqueFd>& folder_fd() const noexcept { return folder_fd_; }

  private:
    Status begin();
    Status fill();
    FileItem item(FileItem::What what) const;
    std::optional<FileItem> finish_or_retry(FileItem last);

    std::shared_ptr<const UniqueFd> folder_fd_;
    FolderState* folder_;
    std::size_t index_;
    std::string shown_;
    int tries_ = 0;
    bool done_ = false;
    UniqueFd fd_;
    fs::FileStat stat_{};
    Time read_at_{};  // when stat_ was taken
    fs::Xattrs xattrs_{};
    std::vector<fs::Range> holes_{};
    blake3::Hasher whole_;
    Bytes window_;  // bytes read and not yet cut
    std::size_t window_begin_ = 0;
    std::uint64_t read_offset_ = 0;
    bool at_end_ = false;
};

/// The record that may prove a file unchanged later, or an empty one when its ctime is too close to
/// `read_at`: a change within the same tick of the file system's clock would leave the ctime
/// as it is.
StatRecord stat_record(const fs::FileStat& stat, Time read_at);

/// Compared with ctimes only, and erring on the side of reading again.
Time current_time();

}  // namespace holt::store
