#include "store/restore/packed_entries.h"

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

}  // namespace holt::store
