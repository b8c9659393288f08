// What mending would do, for a dry run.
#include "store/space/space_items.h"
#include "store/space/space_mend.h"

namespace holt::store {
namespace {

void count(const TreeEntry& entry, Need need, MendCounts& counts) {
    if (need == Need::metadata) {
        ++counts.mended;
        return;
    }
    if (need == Need::link) {
        ++counts.hard_links;
        return;
    }
    const bool is_file = entry.kind == fs::Kind::file;
    if (is_file) counts.bytes += entry.size;
    counts.files += is_file;
    counts.folders += entry.kind == fs::Kind::folder;
    counts.symlinks += entry.kind == fs::Kind::symlink;
    counts.others += entry.kind == fs::Kind::fifo;
}

}  // namespace

Result<MendCounts> count_mending(ChunkReader& reader, const SpaceFindings& findings) {
    MendCounts counts;
    const OwnerRule owners;  // changes nothing that is counted
    for (const SpaceFolder& folder : findings.folders) {
        counts.removed += folder.extras.size();
        counts.mended += folder.self ? 1 : 0;
        SpaceItems slices(reader, owners, nullptr, folder);
        for (;;) {
            HOLT_TRY_LET(more, slices.next());
            if (!more) break;
            for (std::size_t i = 0; i < slices.items().size(); ++i)
                count(slices.entries()[i], slices.items()[i].need, counts);
        }
    }
    return counts;
}

}  // namespace holt::store
