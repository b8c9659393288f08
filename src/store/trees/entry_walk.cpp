#include "store/trees/entry_walk.h"

#include <utility>

#include "fs/folder.h"

namespace holt::store {

Result<EntryWalk::Step> EntryWalk::next() {
    while (entries_) {
        HOLT_TRY_LET(entry, entries_->next_entry());
        if (entry == nullptr) {
            if (!below_.empty()) to_visit_.push_back({path_, std::exchange(below_, {})});
            entries_.reset();
            break;
        }
        std::string path = fs::join_path(path_, entry->name);
        if (here_ && here_->role_in_tree(path, entry->kind) == Role::none) continue;
        if (entry->kind != fs::Kind::folder) return Step{entry, std::move(path)};
        below_.add(std::move(*entry));
    }
    HOLT_TRY_LET(entered, enter_next());
    if (!entered) return Step{};
    entries_.emplace(reader_, folder_, path_);
    here_.reset();
    if (!selection_.all()) here_.emplace(selection_.folder(path_));
    return Step{&folder_, path_};
}

// The folder that comes next becomes the one at hand; false when all were visited.
Result<bool> EntryWalk::enter_next() {
    if (root_) {
        folder_ = *std::exchange(root_, std::nullopt);
        return true;
    }
    for (; !to_visit_.empty(); to_visit_.pop_back()) {
        Below& below = to_visit_.back();
        HOLT_TRY_LET(entry, below.entries.first());
        if (entry == nullptr) continue;
        folder_ = std::move(*entry);
        path_ = fs::join_path(below.path, folder_.name);
        below.entries.drop_first();
        return true;
    }
    return false;
}

}  // namespace holt::store
