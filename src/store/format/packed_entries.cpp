#include "store/format/packed_entries.h"

#include <utility>

namespace holt::store {

void PackedEntries::add(TreeEntry entry) {
    open_.push_back(std::move(entry));
    if (open_.size() == kPart) pack();
}

void PackedEntries::pack() {
    if (open_.empty()) return;
    Bytes part = encode_tree(open_);
    part.shrink_to_fit();
    parts_.push_back(std::move(part));
    open_ = {};
}

Status PackedEntries::for_each(const std::function<Status(const TreeEntry&)>& visit) const {
    for (const Bytes& part : parts_) {
        HOLT_TRY_LET(entries, decode_tree(part, "links"));
        for (const TreeEntry& entry : entries) HOLT_TRY(visit(entry));
    }
    return {};
}

Result<TreeEntry*> PackedEntries::first() {
    if (first_at_ == first_.size()) {
        first_at_ = 0;
        if (parts_.empty()) {
            first_ = std::exchange(open_, {});
        } else {
            HOLT_TRY_LET(entries, decode_tree(parts_.front(), "folders"));
            first_ = std::move(entries);
            parts_.pop_front();
        }
    }
    return first_.empty() ? nullptr : &first_[first_at_];
}

}  // namespace holt::store
