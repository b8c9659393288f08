#include "store/trees/link_heads.h"

#include <utility>

#include "store/trees/entry_walk.h"

namespace holt::store {

Result<LinkHeads> find_link_heads(ChunkReader& reader, const TreeEntry& root,
                                  const std::string& prefix, const Selection& selection) {
    LinkHeads heads;
    const std::string below = prefix.empty() ? "" : prefix + "/";
    EntryWalk walk(reader, root, selection);
    for (;;) {
        HOLT_TRY_LET(step, walk.next());
        if (step.entry == nullptr) return heads;
        const TreeEntry& entry = *step.entry;
        if (entry.hard_link_to.empty()) continue;
        // The first name may lie outside of what is restored, or not be selected: then the first
        // one that is takes its place.
        std::string first =
            entry.hard_link_to.starts_with(below) ? entry.hard_link_to.substr(below.size()) : "";
        if (first.empty() || !selection.selects(first, entry.kind)) first = step.path;
        heads.try_emplace(entry.hard_link_to, std::move(first));
    }
}

}  // namespace holt::store
