#include "store/trees/entry_walk.h"

#include <utility>

#include "fs/folder.h"

namespace holt::store {

Result<EntryWalk::Step> EntryWalk::next() {
    while (entries_) {
        HOLT_TRY_LET(entry, entries_->next_entry());
        if (entry == nullptr) {
            to_visit_.push(path_, std::exchange(below_, {}));
            entries_.reset();
            break;
        }
        std::string path = fs::join_path(path_, entry->name);
        if (here_ && here_->role_in_tree(path, entry->kind) == Role::none) continue;
        if (entry->kind != fs::Kind::folder) return Step{entry, std::move(path)};
        below_.add(std::move(*entry));
    }
    if (root_) {
        folder_ = *std::exchange(root_, std::nullopt);
    } else {
        HOLT_TRY_LET(entered, to_visit_.next(folder_, path_));
        if (!entered) return Step{};
    }
    entries_.emplace(reader_, folder_, path_);
    here_.reset();
    if (!selection_.all()) here_.emplace(selection_.folder(path_));
    return Step{&folder_, path_};
}

}  // namespace holt::store
