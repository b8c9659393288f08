// An archive that must be read by place: the file itself, or, out of a pipe, a temporary file that
// all of it was put into. Thread rule: one thread at a time.
#pragma once

#include <memory>
#include <optional>

#include "archive/io/placed.h"
#include "archive/io/source.h"
#include "base/unique_fd.h"
#include "fs/staging/atomic_file.h"
#include "store/disk/store_folder.h"

namespace holt::store {

class PlacedFile final : public PlacedBytes {
  public:
    /// A pipe may bring at most `limit` bytes: no_space with more, before they are written.
    static Result<std::unique_ptr<PlacedFile>> open(FdSource& source, const StoreFolder& folder,
                                                    std::uint64_t limit);
    std::uint64_t size() const noexcept override { return size_; }
    Result<std::size_t> read_at(std::uint64_t offset, MutableByteView into) override;

  private:
    explicit PlacedFile(std::string shown) : shown_(std::move(shown)) {}
    Status spool(FdSource& source, const StoreFolder& folder, std::uint64_t limit);

    const std::string shown_;
    UniqueFd tmp_;  // outlives the file in it
    std::optional<fs::AtomicFile> spooled_;
    int fd_ = -1;
    std::uint64_t size_ = 0;
};

}  // namespace holt::store
