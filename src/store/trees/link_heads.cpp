#include "store/trees/link_heads.h"

#include <iterator>
#include <utility>
#include <vector>

#include "fs/folder.h"

namespace holt::store {

Result<LinkHeads> find_link_heads(ChunkReader& reader, const TreeEntry& root,
                                  const std::string& prefix, const Selection& selection) {
    LinkHeads heads;
    const std::string below = prefix.empty() ? "" : prefix + "/";
    struct Visit {
        TreeEntry entry;
        std::string path;
    };
    std::vector<Visit> to_visit{{root, ""}};
    while (!to_visit.empty()) {
        const Visit visit = std::move(to_visit.back());
        to_visit.pop_back();
        HOLT_TRY_LET(tree, reader.read_tree(visit.entry, visit.path));
        selection.keep_selected(tree, visit.path);
        std::vector<Visit> subfolders;
        for (TreeEntry& entry : tree) {
            std::string path = fs::join_path(visit.path, entry.name);
            if (entry.kind == fs::Kind::folder) {
                subfolders.push_back({std::move(entry), std::move(path)});
            } else if (!entry.hard_link_to.empty()) {
                // The first name may lie outside of what is restored, or not be selected: then the
                // first one that is takes its place.
                std::string first = entry.hard_link_to.starts_with(below)
                                        ? entry.hard_link_to.substr(below.size())
                                        : "";
                if (first.empty() || !selection.selects(first, entry.kind)) first = path;
                heads.try_emplace(entry.hard_link_to, std::move(first));
            }
        }
        to_visit.insert(to_visit.end(), std::make_move_iterator(subfolders.rbegin()),
                        std::make_move_iterator(subfolders.rend()));
    }
    return heads;
}

}  // namespace holt::store
