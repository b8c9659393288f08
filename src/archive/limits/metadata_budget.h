// What an import may take of memory for what describes files: names, targets, attributes, maps of
// holes, folders that are only implied, one folder's tree. It is asked before the memory is taken.
//
// Two bounds. `max_bytes` is a plain limit. And so that a small archive cannot take that much:
// `max_ratio` bytes for each byte of the archive that was read, beyond a grace. 10 million entries
// take 1.3 GB, and no archive of them is smaller than some megabytes.
// Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "base/error.h"

namespace holt::store {

class MetadataBudget {
  public:
    static constexpr std::uint64_t kGrace = std::uint64_t{64} << 20;
    using ArchiveBytes = std::function<std::uint64_t()>;

    /// `archive_bytes` tells how much of it was read; `shown` names it in messages.
    MetadataBudget(std::uint64_t max_bytes, std::uint64_t max_ratio, ArchiveBytes archive_bytes,
                   std::string shown)
        : max_bytes_(max_bytes),
          max_ratio_(max_ratio),
          archive_bytes_(std::move(archive_bytes)),
          shown_(std::move(shown)) {}

    /// `no_space` when that is too much; nothing is charged then.
    Status charge(std::uint64_t bytes);
    void release(std::uint64_t bytes) noexcept { used_ -= bytes; }

  private:
    const std::uint64_t max_bytes_, max_ratio_;
    const ArchiveBytes archive_bytes_;
    const std::string shown_;
    std::uint64_t used_ = 0;
    std::uint64_t allowed_ = 0;  // as it was when somebody last wanted more
};

/// For as long as it lives. What was charged is released.
class MetadataCharge {
  public:
    explicit MetadataCharge(MetadataBudget& budget) noexcept : budget_(&budget) {}
    MetadataCharge(MetadataCharge&& other) noexcept
        : budget_(other.budget_), bytes_(std::exchange(other.bytes_, 0)) {}
    MetadataCharge& operator=(MetadataCharge&& other) noexcept {
        std::swap(budget_, other.budget_);
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    ~MetadataCharge() { release(); }
    void release() noexcept { budget_->release(std::exchange(bytes_, 0)); }
    Status add(std::uint64_t bytes) {
        HOLT_TRY(budget_->charge(bytes));
        bytes_ += bytes;
        return {};
    }

  private:
    MetadataBudget* budget_;
    std::uint64_t bytes_ = 0;
};

}  // namespace holt::store
