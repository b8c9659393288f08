// Listing one folder of very many names with several threads: a stat of each name is nearly all of
// the cost.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "fs/executor.h"
#include "fs/folder.h"
#include "fs/walk/packed_listing.h"

namespace holt::fs {

/// As look_at_names. Of many names parts are looked at by `executor`'s threads, if there is one,
/// and by this one: returns when all are. Thread rule: as look_at_names.
Listing look_at_names_parallel(int fd, std::vector<std::string> names, std::string_view shown,
                               const Executor& executor);

/// What a folder of very many names has in it, in little memory.
struct LongListing {
    std::vector<PackedListing> parts;  ///< one behind the other, they are all its entries
    std::vector<EntryError> errors;

    std::size_t count(Kind kind) const noexcept {
        std::size_t sum = 0;
        for (const PackedListing& part : parts) sum += part.count(kind);
        return sum;
    }
    std::size_t size() const noexcept {
        std::size_t sum = 0;
        for (const PackedListing& part : parts) sum += part.size();
        return sum;
    }
};

/// Reads one from its begin. Thread rule: a value.
class LongListingReader {
  public:
    explicit LongListingReader(std::shared_ptr<const LongListing> listing) noexcept
        : listing_(std::move(listing)) {}
    /// False behind the last entry.
    bool next(DirEntry& entry);

  private:
    std::shared_ptr<const LongListing> listing_;
    std::size_t part_at_ = 0;
    std::optional<PackedListing::Reader> part_;
};

/// The same; entries for which `keep`, if there is one, is false are dropped. It is called from any
/// of the threads, several at once.
LongListing look_at_names_packed(int fd, std::vector<std::string> names, std::string_view shown,
                                 const Executor& executor,
                                 const std::function<bool(const DirEntry&)>& keep);

}  // namespace holt::fs
