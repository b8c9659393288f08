// What mending would do, for a dry run.
#include "store/space/space_mend.h"

namespace holt::store {

Result<MendCounts> count_mending(ChunkReader& reader, const SpaceFindings& findings) {
    MendCounts counts;
    for (const SpaceFolder& folder : findings.folders) {
        counts.removed += folder.extras.size();
        counts.mended += folder.self ? 1 : 0;
        if (folder.items.empty()) continue;
        HOLT_TRY_LET(tree, reader.read_tree(folder.entry, folder.path));
        for (const SpaceItem& item : folder.items) {
            const TreeEntry& entry = tree[item.index];
            const bool is_file = entry.kind == fs::Kind::file;
            if (item.need == Need::metadata) {
                ++counts.mended;
                continue;
            }
            if (item.need == Need::link) {
                ++counts.hard_links;
                continue;
            }
            if (is_file) counts.bytes += entry.size;
            counts.files += is_file;
            counts.folders += entry.kind == fs::Kind::folder;
            counts.symlinks += entry.kind == fs::Kind::symlink;
            counts.others += entry.kind == fs::Kind::fifo;
        }
    }
    return counts;
}

}  // namespace holt::store
