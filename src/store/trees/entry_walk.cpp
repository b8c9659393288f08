#include "store/trees/entry_walk.h"

#include <algorithm>

#include "fs/folder.h"

namespace holt::store {

Result<EntryWalk::Step> EntryWalk::next() {
    while (entries_) {
        HOLT_TRY_LET(entry, entries_->next_entry());
        if (entry == nullptr) {
            std::reverse(to_visit_.begin() + static_cast<std::ptrdiff_t>(below_), to_visit_.end());
            entries_.reset();
            break;
        }
        std::string path = fs::join_path(at_.path, entry->name);
        if (here_ && here_->role_in_tree(path, entry->kind) == Role::none) continue;
        if (entry->kind != fs::Kind::folder) return Step{entry, std::move(path)};
        to_visit_.push_back({std::move(*entry), std::move(path)});
    }
    if (to_visit_.empty()) return Step{};
    at_ = std::move(to_visit_.back());
    to_visit_.pop_back();
    below_ = to_visit_.size();
    entries_.emplace(reader_, at_.folder, at_.path);
    here_.reset();
    if (!selection_.all()) here_.emplace(selection_.folder(at_.path));
    return Step{&at_.folder, at_.path};
}

}  // namespace holt::store
