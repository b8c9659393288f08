// Takes a snapshot. The steps are in snapshot.cpp; SAFETY's commit order holds.
// Thread rule: independent calls may run at once, on catalogs of their own.
#pragma once

#include <holt/store.hpp>

#include <functional>
#include <span>

#include "store/catalog/catalog.h"
#include "store/disk/store_folder.h"

namespace holt::store {

/// Under which terms a snapshot is committed.
struct SnapshotTerms {
    Bytes fields{};         ///< extension fields of its record
    bool complete = false;  ///< nothing may be left out: `failed`, and nothing is saved
    /// Asked when the tree is known, and again in the transaction of the commit. An error ends it,
    /// and nothing is saved.
    std::function<Status(Catalog&, const TreeEntry& root)> admit{};
    bool* is_whole = nullptr;  ///< told before that: whether it has all that is in the folders
    /// For each folder the path that its files name it by, when they were made at another than
    /// where it is read. Else none.
    std::span<const std::string> made_at{};
};

/// Several folders are saved as one tree, whose root has them as 01, 02 and so on.
Result<SnapshotReport> take_snapshot(const StoreFolder& folder, const OpenOptions& open,
                                     std::span<const std::string> sources,
                                     const SnapshotOptions& options, const SnapshotTerms& terms,
                                     Observer& observer);
Result<SnapshotReport> take_snapshot(const StoreFolder& folder, const OpenOptions& open,
                                     const std::string& source, const SnapshotOptions& options,
                                     Observer& observer);

}  // namespace holt::store
