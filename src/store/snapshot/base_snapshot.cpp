#include "store/snapshot/base_snapshot.h"

#include <algorithm>
#include <utility>

#include "fs/folder.h"

namespace holt::store {

void BaseFolder::advance() {
    auto next = entries_->next_entry();
    at_ = next ? *next : nullptr;
    if (!next) base_->reporter_.warn(next.error());
}

BaseFolder::Found BaseFolder::find(std::string_view name) {
    while (at_ != nullptr && at_->name < name) {
        advance();
        ++index_;
    }
    if (at_ == nullptr || at_->name != name) return {};
    StatRecord record;
    if (has_records_ && base_->is_space()) {
        record = base_->space_record(*at_, path_);
    } else if (has_records_ && index_ < stats_.size()) {
        record = stats_[index_];
    }
    return {at_, record};
}

BaseSnapshot::BaseSnapshot(const StoreFolder& folder, Catalog catalog, Catalog::Base base,
                           Reporter& reporter)
    : catalog_(std::move(catalog)),
      base_(std::move(base)),
      root_(base_.snapshot.record.root),
      reader_(folder, catalog_),
      reporter_(reporter) {}

BaseSnapshot::BaseSnapshot(const StoreFolder& folder, Catalog catalog, OfSpace space,
                           Reporter& reporter)
    : catalog_(std::move(catalog)),
      base_{std::move(space.snapshot)},
      root_(std::move(space.root)),
      records_(std::move(space.records)),
      dev_(space.dev),
      life_(std::move(space.life)),
      reader_(folder, catalog_),
      reporter_(reporter) {}

StatRecord BaseSnapshot::space_record(const TreeEntry& entry, const std::string& folder) const {
    if (entry.kind != fs::Kind::file) return {};
    const SpaceRecord* found = records_.find(space_key(fs::join_path(folder, entry.name)));
    if (found == nullptr) return {};
    return {.ino = found->ino, .dev = *dev_, .ctime = found->ctime};
}

bool BaseSnapshot::at_hand(const std::string& path) const {
    if (!stats_read_ || path < stats_begin_) return false;
    return stats_end_ || path <= stats_.back().folder;
}

Result<FolderStats> BaseSnapshot::stats_of(const std::string& path) {
    if (!at_hand(path)) {
        stats_read_ = false;
        HOLT_TRY_LET(read, catalog_.folder_stats(base_, path, kStatsAhead));
        stats_ = std::move(read);
        stats_begin_ = path;
        stats_end_ = stats_.size() < kStatsAhead;
        stats_read_ = true;
    }
    const auto at = std::ranges::lower_bound(stats_, path, {}, &FolderStats::folder);
    if (at == stats_.end() || at->folder != path) return FolderStats{};
    // The walk comes by once; the path is what the others are found by.
    return FolderStats{.entries = std::move(at->entries), .life = std::move(at->life)};
}

Result<BaseFolder> BaseSnapshot::load(const TreeEntry& entry, const std::string& path) {
    BaseFolder folder;
    folder.base_ = this;
    folder.path_ = path;
    folder.has_records_ = !moved_;
    folder.entries_.emplace(reader_, entry, path);
    HOLT_TRY_LET(count, folder.entries_->to_come());
    if (dev_) {
        folder.life_ = life_;
    } else {
        HOLT_TRY_LET(stats, stats_of(path));
        if (stats.entries.size() == count) folder.stats_ = std::move(stats.entries);
        folder.life_ = std::move(stats.life);
    }
    HOLT_TRY_LET(first, folder.entries_->next_entry());
    folder.at_ = first;
    return folder;
}

BaseFolder BaseSnapshot::folder(const TreeEntry& entry, const std::string& path) {
    auto loaded = load(entry, path);
    if (loaded) return *std::move(loaded);
    reporter_.warn(loaded.error());
    return {};
}

}  // namespace holt::store
