// What the catalog keeps for the cache: entries by key and scope, lists behind keys, what was
// evicted and why, and counts by day.
//
// Key, scope and list of an entry stand in its record too. The rest is for people and may be lost.
// Thread rule: as Catalog.
#pragma once

#include <holt/cache.hpp>

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "store/catalog/catalog.h"

namespace holt::store {

/// Something that happened, to be counted.
struct CacheCount {
    enum class What : std::uint8_t { hit, partial, miss, save };
    What what = What::hit;
    std::uint64_t bytes = 0, milliseconds = 0;  ///< restored; saved
};

class CatalogCache {
  public:
    explicit CatalogCache(Catalog& catalog) noexcept : catalog_(catalog) {}

    /// The newest entry of a key in one scope.
    Result<std::optional<SnapshotRow>> find(const std::string& key, const std::string& scope);
    /// The newest whose key begins with `prefix`.
    Result<std::optional<SnapshotRow>> find_prefix(const std::string& prefix,
                                                   const std::string& scope);

    /// Remembers the list behind a key; of the lists that no snapshot has the last 1,000 stay.
    Status put_list(const std::string& key, ByteView inputs);
    Result<std::optional<Bytes>> list_of(const std::string& key);

    /// The last time that an entry of the key went from one of these scopes.
    Result<std::optional<CacheEviction>> last_eviction(const std::string& key,
                                                       const std::vector<std::string>& scopes);
    /// The last ones, newest first.
    Result<std::vector<CacheEviction>> evictions(std::size_t count);

    /// Adds to the figures of days. One transaction; a power cut may undo it.
    Status add(std::span<const CacheDay> days);
    Result<std::vector<CacheDay>> days();

  private:
    Catalog& catalog_;
};

std::int64_t day_of(Time time) noexcept;
/// The scope as the catalog and records have it: main is empty.
std::string stored_scope(const std::string& scope);

}  // namespace holt::store
