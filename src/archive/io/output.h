// Where an archive is written to: a new file that appears whole or not at all, or a descriptor, or
// what is no file (a FIFO, a device) under its name. Thread rule: one thread at a time.
#pragma once

#include <holt/archive.hpp>

#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/unique_fd.h"
#include "fs/staging/atomic_file.h"
#include "store/disk/store_folder.h"

namespace holt::store {

class ArchiveOutput {
  public:
    /// Refuses a file that is there, unless `overwrite`; a place in a store: a pack replaced by an
    /// archive is a pack lost; and to be led by another user's symlink.
    static Result<ArchiveOutput> open(const ArchivePlace& place, bool overwrite,
                                      const StoreFolder& store);
    ArchiveOutput(ArchiveOutput&&) noexcept = default;

    Status write(ByteView bytes);
    /// The file appears. Without this it never was.
    Status commit();
    std::uint64_t size() const noexcept { return size_; }

  private:
    ArchiveOutput() = default;

    std::string shown_, name_;
    UniqueFd folder_;
    std::optional<fs::AtomicFile> file_;
    UniqueFd own_;
    int fd_ = -1;
    ArchiveWrite write_{};
    bool replace_ = false;
    std::uint64_t size_ = 0;
};

}  // namespace holt::store
