#include "store/space/space_items.h"

#include <utility>

namespace holt::store {

Result<bool> SpaceItems::next() {
    const std::span<const SpaceItem> rest = std::span(folder_.items).subspan(at_);
    entries_.clear();
    if (rest.empty()) return false;
    if (!folder_.entries.empty()) {
        items_ = rest;
        entries_ = folder_.entries;
        at_ += rest.size();
        return true;
    }
    if (!cursor_) cursor_.emplace(reader_, folder_.entry, folder_.path);
    while (entries_.empty()) {
        HOLT_TRY_LET(slice, cursor_->next());
        if (slice.empty())
            return fail(ErrorKind::corrupt, "read tree", folder_.path,
                        "it has fewer entries than it had", Advice::verify_store);
        owners_.apply(slice);
        if (move_ != nullptr) move_->apply(slice, folder_.path);
        for (; at_ + entries_.size() < folder_.items.size();) {
            const std::size_t index = folder_.items[at_ + entries_.size()].index;
            if (index >= read_ + slice.size()) break;
            entries_.push_back(std::move(slice[index - read_]));
        }
        read_ += slice.size();
    }
    items_ = rest.first(entries_.size());
    at_ += entries_.size();
    return true;
}

}  // namespace holt::store
