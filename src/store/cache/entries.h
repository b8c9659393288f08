// Entries of the cache: which one a query means, and why there is none.
//
//   exact     the key, in the first scope that has it
//   partial   the newest whose key begins with the first restore key that any has
//   nearest   the one with the most inputs in common
// Thread rule: as Catalog.
#pragma once

#include <holt/cache.hpp>

#include <optional>
#include <string>
#include <vector>

#include "store/catalog/catalog.h"

namespace holt::store {

/// `usage` for a key, restore key or scope that none may be.
Status check_query(const CacheQuery& query);

Result<CacheFound> find_entry(Catalog& catalog, const CacheQuery& query);

/// The list behind a key: the query's own, or one that is remembered, or that of an entry; empty
/// when none is known.
Result<std::vector<KeyInput>> inputs_of(Catalog& catalog, const CacheKey& key,
                                        const std::vector<std::string>& scopes);
/// The list that an entry was saved with; empty when there is none.
std::vector<KeyInput> saved_inputs(const SnapshotRow& row);

/// SNAP for the folder `number` of an entry.
std::string folder_of_entry(const SnapshotInfo& entry, std::size_t number);

}  // namespace holt::store
