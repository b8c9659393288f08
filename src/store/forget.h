// Forgetting snapshots by name or by rules, bringing them back, and giving them other names and
// tags. The steps are in forget.cpp. Thread rule: independent calls may run at once.
#pragma once

#include <holt/retention.hpp>

#include "store/disk/store_folder.h"
#include "store/retention/retention.h"

namespace holt::store {

/// `offset`: the local calendar that the rules go by.
Result<ForgetReport> forget_snapshots(const StoreFolder& folder, const OpenOptions& open,
                                      const ForgetOptions& options, const UtcOffset& offset);

Result<std::vector<SnapshotInfo>> list_forgotten(const StoreFolder& folder,
                                                 const OpenOptions& open);

Result<std::vector<SnapshotInfo>> undelete_snapshots(const StoreFolder& folder,
                                                     const OpenOptions& open,
                                                     const std::vector<std::string>& snaps);

Result<SnapshotInfo> tag_snapshot(const StoreFolder& folder, const OpenOptions& open,
                                  const std::string& snap, const TagOptions& options);

/// Remembers, if the store can be written to just now, that a snapshot was used; at most once an
/// hour, as it takes a transaction.
void note_use(const StoreFolder& folder, const OpenOptions& open, const SnapshotInfo& snapshot);

}  // namespace holt::store
