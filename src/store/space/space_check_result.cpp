// What is found out about single entries, and how it is kept and told.
#include <algorithm>
#include <utility>

#include "fs/folder.h"
#include "store/format/pool_key.h"
#include "store/space/space_check_impl.h"

namespace holt::store::space_check {
namespace {

// Entries that differ are kept for who mends them, as long as there are so few: some 2 MiB.
constexpr std::size_t kEntriesKept = 4096;

}  // namespace

std::string path_of(const Part& part, std::uint32_t index) {
    return fs::join_path(part.state().job.path, part.entry(index).name);
}

void Check::describe(Facets facets, const TreeEntry& entry, const fs::FileStat& stat,
                     const std::string& path) {
    if (!in_.describe || facets.none()) return;
    auto difference =
        describe_difference(facets, wanted_facts(entry, stat), InodeFacts::of(stat), path);
    const std::lock_guard lock(mutex_);
    in_.describe(*std::move(difference));
}

void Check::describe(const std::string& path, Change change) {
    const std::lock_guard lock(mutex_);
    in_.describe(describe_lone(path, change));
}

// A link into the pool has no write bits. Anybody's file may look like one: the pool must have that
// very inode. Of what a record proves to be as it was seen that was found out then, if the entry's
// mode was the same.
bool Check::mode_is_pooled(const TreeEntry& entry, const fs::FileStat& stat,
                           const TreeEntry* proved) const {
    const bool may_be_pooled = in_.pool != nullptr && PoolLinks::may_be_link(stat) &&
                               entry.kind == fs::Kind::file && stat.mode == pooled_mode(entry.mode);
    if (!may_be_pooled) return false;
    if (proved != nullptr && proved->mode == entry.mode) return true;
    return in_.pool->has(entry, stat);
}

InodeFacts Check::wanted_facts(const TreeEntry& entry, const fs::FileStat& stat) const {
    InodeFacts wanted = InodeFacts::of(entry);
    if (entry.kind == fs::Kind::symlink) wanted.mode = stat.mode;  // it has none of its own
    wanted.mtime = in_.any_mtime ? stat.mtime : in_.fixed_mtime.value_or(entry.mtime);
    return wanted;
}

// `proved`: what a record proves it to be, but for what its inode tells.
Facets Check::inode_facets(const TreeEntry& entry, const fs::FileStat& stat,
                           const TreeEntry* proved) const {
    InodeFacts wanted = wanted_facts(entry, stat);
    if (wanted.mode != stat.mode && mode_is_pooled(entry, stat, proved)) wanted.mode = stat.mode;
    return compare_inodes(wanted, InodeFacts::of(stat), in_.owners);
}

// True when the record says that nothing was done to it since it was seen to be as in the base.
bool Check::is_proved(const fs::FileStat& stat, const std::string& path,
                      const TreeEntry* base) const {
    if (in_.records == nullptr || base == nullptr || base->kind != stat.kind) return false;
    if (stat.kind == fs::Kind::file && base->size != stat.size) return false;
    const SpaceRecord* record = in_.records->find(space_key(path));
    return record != nullptr && record->ino == stat.ino &&
           record->ctime == wrapped_ns(stat.ctime) && stat.dev == root_dev_;
}

void Check::add(const PartPtr& part, SpaceItem item) {
    State& state = *part->folder;
    const std::lock_guard lock(state.mutex);
    state.items.push_back(item);
    if (entries_kept_++ < kEntriesKept) state.entries.push_back(part->entry(item.index));
}

Job Check::job_below(const PartPtr& part, std::uint32_t index, const TreeEntry* base,
                     std::string path) {
    Job job;
    if (open_count_.load(std::memory_order_relaxed) < most_open_) job.parent = part->state().folder;
    job.above = part->folder;
    job.index = index;
    job.path = std::move(path);
    job.target = part->entry(index);
    job.way = role_of(*part, index) == Role::way;
    if (base != nullptr && base->kind == fs::Kind::folder) {
        job.same_base = base->content == job.target.content;
        if (!job.same_base) job.base = *base;
    }
    return job;
}

void Check::missing(const PartPtr& part, std::uint32_t index, std::vector<Job>& below) {
    add(part, {.index = index, .need = Need::make});
    const std::string path = path_of(*part, index);
    const bool way = role_of(*part, index) == Role::way;
    if (in_.describe && !way) describe(path, Change::removed);
    (void)look_at_link(part, index, {.kind = fs::Kind::folder}, path);
    if (part->entry(index).kind != fs::Kind::folder) return;
    Job job = job_below(part, index, nullptr, path);
    job.absent = true;
    below.push_back(std::move(job));
}

// Something of another kind stands there.
void Check::replace(const PartPtr& part, std::uint32_t index, const fs::FileStat& stat,
                    std::vector<Job>& below) {
    const bool to_folder = part->entry(index).kind == fs::Kind::folder;
    const bool aside = to_folder || stat.kind == fs::Kind::folder;
    add(part, {.index = index, .need = aside ? Need::make : Need::content, .in_the_way = aside});
    const std::string path = path_of(*part, index);
    const bool way = role_of(*part, index) == Role::way;
    if (in_.describe && !way) describe(path, Change::kind);
    if (!to_folder) return;
    Job job = job_below(part, index, nullptr, path);
    job.absent = true;
    below.push_back(std::move(job));
}

// An entry is as it shall be.
void Check::right(const fs::FileStat& stat, const std::string& path, bool proved,
                  Likeness attributes) {
    Found& found = found_.local();
    found.kept += stat.kind == fs::Kind::file;
    if (proved && !collect_all_) return;
    // What this process is not shown is no knowledge to keep.
    if (attributes != Likeness::same) return;
    if (stat.dev != root_dev_) return;
    // A proved one was old enough when its record was made.
    if (!proved && !(in_.clock && in_.clock->is_past(stat.ctime))) return;
    SpaceRecord record{space_key(path), stat.ino, wrapped_ns(stat.ctime)};
    if (proved) record.holds = in_.records->find(record.key)->holds;
    found.learnt.push_back(record);
}

// All names of an inode must be the inode of the first one, as it is or as it will be.
void Check::settle_links(Found& all) {
    struct Head {
        fs::Inode inode{};
        bool is_new = true;
    };
    std::unordered_map<std::string, Head> heads;
    std::unordered_map<std::string, const SpaceFolder*> by_path;
    for (const SpaceFolder& folder : all.folders) by_path.emplace(folder.path, &folder);
    for (const LinkSeen& link : all.links) {
        if (!link.is_head) continue;
        const auto folder = by_path.find(link.folder->job.path);
        const bool is_new = folder != by_path.end() &&
                            std::ranges::any_of(folder->second->items, [&](const SpaceItem& item) {
                                return item.index == link.index;
                            });
        heads[link.head] = {link.inode, is_new};
    }
    for (const LinkSeen& link : all.links) {
        if (link.is_head) continue;
        const auto head = heads.find(link.head);
        const bool is_right = head != heads.end() && !head->second.is_new &&
                              link.inode == head->second.inode && link.inode != fs::Inode{};
        if (is_right) {
            all.kept += link.kind == fs::Kind::file;
            continue;
        }
        if (in_.describe && link.inode != fs::Inode{} && head != heads.end() &&
            !head->second.is_new)
            in_.describe(*describe_difference({Facet::links}, {}, {}, link.path));
        all.late.push_back(
            {link.folder,
             {.index = link.index, .need = Need::link, .in_the_way = link.other_kind}});
    }
}

SpaceFindings Check::settle() {
    Found all;
    for (Found& found : found_) {
        std::ranges::move(found.folders, std::back_inserter(all.folders));
        std::ranges::move(found.learnt, std::back_inserter(all.learnt));
        std::ranges::move(found.links, std::back_inserter(all.links));
        std::ranges::move(found.late, std::back_inserter(all.late));
        all.kept += found.kept;
        all.hashed += found.hashed;
    }
    settle_links(all);
    std::map<std::string, SpaceFolder> late;  // of folders that have nothing else to be done
    std::unordered_map<std::string, SpaceFolder*> by_path;
    for (SpaceFolder& folder : all.folders) by_path.emplace(folder.path, &folder);
    for (const LateItem& one : all.late) {
        const Job& job = one.folder->job;
        auto found = by_path.find(job.path);
        if (found == by_path.end()) {
            SpaceFolder& made = late[job.path];
            made = {.path = job.path, .entry = job.target, .keeps = kept_by(job)};
            found = by_path.emplace(job.path, &made).first;
        }
        found->second->entries.clear();  // they would no longer be those of the items
        std::vector<SpaceItem>& items = found->second->items;
        // A missing name of an inode is a link, and nothing to be made.
        std::erase_if(items, [&](const SpaceItem& item) { return item.index == one.item.index; });
        items.push_back(one.item);
        std::ranges::sort(items, {}, &SpaceItem::index);
    }
    for (auto& [path, folder] : late) all.folders.push_back(std::move(folder));
    std::ranges::sort(all.folders, {}, &SpaceFolder::path);
    return {.folders = std::move(all.folders),
            .root_keeps = root_keeps_,
            .marked = marked_,
            .learnt = std::move(all.learnt),
            .kept = all.kept,
            .hashed = all.hashed};
}

}  // namespace holt::store::space_check
