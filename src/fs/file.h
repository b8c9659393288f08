// Opening, creating, reading and writing files: whole transfers, clear errors.
//
// Every function takes `shown`, the path as it shall stand in an error message. Partial transfers
// and EINTR are dealt with here. Names are resolved below `dir` (a folder's descriptor, or
// kWorkingFolder) and symlinks in the last place are never followed, except by open_path().
// Thread rule: pure functions; a descriptor may be shared by threads that use pread/pwrite.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"
#include "base/unique_fd.h"
#include "fs/stat.h"

struct stat;

namespace holt::fs {

/// AT_FDCWD: names relative to the working directory, or absolute ones.
inline constexpr int kWorkingFolder = -100;

/// Opens for reading. Never blocks on a FIFO that took the file's place, never follows a symlink
/// (ELOOP then).
Result<UniqueFd> open_read(int dir, const std::string& name, std::string_view shown);
/// Opens what the user named, following symlinks, for reading.
Result<UniqueFd> open_path(const std::string& path);
/// Creates a file that did not exist (EEXIST otherwise) for reading and writing.
Result<UniqueFd> create_file(int dir, const std::string& name, unsigned mode,
                             std::string_view shown);
/// Opens for reading and writing, creating it if need be. An existing file keeps its content.
Result<UniqueFd> open_or_create(int dir, const std::string& name, unsigned mode,
                                std::string_view shown);
/// Opens an existing file for reading and writing; as open_read otherwise.
Result<UniqueFd> open_read_write(int dir, const std::string& name, std::string_view shown);
/// A second descriptor for the same open file.
Result<UniqueFd> duplicate(int fd, std::string_view shown);

/// The record of an open descriptor, or of a name (of a symlink itself).
Result<FileStat> stat_fd(int fd, std::string_view shown);
Result<FileStat> stat_at(int dir, const std::string& name, std::string_view shown);
/// The record of what the user named, following symlinks.
Result<FileStat> stat_path(const std::string& path);
/// The kernel's record as ours.
FileStat to_file_stat(const struct ::stat& st) noexcept;

/// Reads until `into` is full or the file ends; the number of bytes read.
Result<std::size_t> read_full(int fd, MutableByteView into, std::string_view shown);
Result<std::size_t> pread_full(int fd, MutableByteView into, std::uint64_t offset,
                               std::string_view shown);
/// Fills all of `into`, or fails with ErrorKind::corrupt when the file ends before.
Status pread_exact(int fd, MutableByteView into, std::uint64_t offset, std::string_view shown);
/// Writes all of `bytes`.
Status write_full(int fd, ByteView bytes, std::string_view shown);
Status pwrite_full(int fd, ByteView bytes, std::uint64_t offset, std::string_view shown);
/// Sets the file's length; what is added reads as zeros and takes no room.
Status set_size(int fd, std::uint64_t size, std::string_view shown);

/// The rest of a descriptor, or a whole file. More than `limit` bytes is ErrorKind::no_space, found
/// before more memory than that is taken.
Result<Bytes> read_all(int fd, std::size_t limit, std::string_view shown);
Result<Bytes> read_file(int dir, const std::string& name, std::size_t limit,
                        std::string_view shown);

/// Forces a file's content and record to the device. After an error the kernel may have dropped
/// the dirty pages: the descriptor must not be synced again, nor trusted.
Status sync_fd(int fd, std::string_view shown);
/// Forces a file's content, and of its record only what reading it needs. As sync_fd otherwise.
Status sync_data(int fd, std::string_view shown);
/// Forces a folder's names to the device. A file system that cannot sync a folder (EINVAL) has
/// nothing to force there.
Status sync_folder(int fd, std::string_view shown);
/// Forces everything of the file system that `fd` lies on.
Status sync_file_system(int fd, std::string_view shown);

/// Tells the kernel that a file will be read from front to back.
void advise_sequential(int fd) noexcept;
/// Tells the kernel that a range will be read soon.
void advise_soon(int fd, std::uint64_t offset, std::uint64_t length) noexcept;

/// Makes `to`, an empty file, share the blocks of `from` (reflink). False where the file system or
/// the pair of file systems cannot; an error for anything else.
Result<bool> clone_file(int from, int to, std::string_view shown);

}  // namespace holt::fs
