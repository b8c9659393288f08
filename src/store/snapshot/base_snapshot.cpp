#include "store/snapshot/base_snapshot.h"

#include <algorithm>
#include <utility>

#include "fs/folder.h"

namespace holt::store {

BaseFolder::Found BaseFolder::find(std::string_view name) {
    const auto at = std::ranges::lower_bound(entries, name, {}, &TreeEntry::name);
    if (at == entries.end() || at->name != name) return {};
    const auto index = static_cast<std::size_t>(at - entries.begin());
    return {&*at, index < stats.size() ? stats[index] : StatRecord{}};
}

BaseSnapshot::BaseSnapshot(const StoreFolder& folder, Catalog catalog, Catalog::Base base,
                           Reporter& reporter)
    : catalog_(std::move(catalog)),
      base_(std::move(base)),
      root_(base_.snapshot.record.root),
      reader_(folder, catalog_),
      reporter_(reporter) {}

BaseSnapshot::BaseSnapshot(const StoreFolder& folder, Catalog catalog, SnapshotRow snapshot,
                           TreeEntry root, SpaceRecords records, std::uint64_t dev,
                           std::string life, Reporter& reporter)
    : catalog_(std::move(catalog)),
      base_{std::move(snapshot)},
      root_(std::move(root)),
      records_(std::move(records)),
      dev_(dev),
      life_(std::move(life)),
      reader_(folder, catalog_),
      reporter_(reporter) {}

std::vector<StatRecord> BaseSnapshot::space_stats_of(const Tree& tree,
                                                     const std::string& path) const {
    std::vector<StatRecord> stats(tree.size());
    for (std::size_t i = 0; i < tree.size(); ++i) {
        if (tree[i].kind != fs::Kind::file) continue;
        const SpaceRecord* found = records_.find(space_key(fs::join_path(path, tree[i].name)));
        if (found != nullptr) stats[i] = {.ino = found->ino, .dev = *dev_, .ctime = found->ctime};
    }
    return stats;
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
    HOLT_TRY_LET(tree, reader_.read_tree(entry, path));
    if (dev_) {
        auto stats = space_stats_of(tree, path);
        return BaseFolder{std::move(tree), std::move(stats), life_};
    }
    HOLT_TRY_LET(stats, stats_of(path));
    if (stats.entries.size() != tree.size()) stats.entries.clear();
    return BaseFolder{std::move(tree), std::move(stats.entries), std::move(stats.life)};
}

BaseFolder BaseSnapshot::folder(const TreeEntry& entry, const std::string& path) {
    auto loaded = load(entry, path);
    if (loaded) return *std::move(loaded);
    reporter_.warn(loaded.error());
    return {};
}

}  // namespace holt::store
