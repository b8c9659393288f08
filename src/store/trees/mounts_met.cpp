#include "store/trees/mounts_met.h"

#include <algorithm>
#include <string>
#include <vector>

#include "fs/folder.h"
#include "store/content/tree_cursor.h"

namespace holt::store {
namespace {

// True when what the tree has by the path's names ends above it.
Result<bool> has_nothing_at(ChunkReader& reader, TreeEntry entry, std::string_view path) {
    for (std::string_view rest = path; !rest.empty();) {
        // A file where the path has a folder: that one would have to go, with what is in it.
        if (entry.kind != fs::Kind::folder) return false;
        const std::string_view name = rest.substr(0, rest.find('/'));
        rest.remove_prefix(std::min(rest.size(), name.size() + 1));
        HOLT_TRY_LET(found, find_child(reader, entry, name, std::string(path)));
        if (!found) return true;
        // Unknown what was there: nothing at or below it is changed.
        if (found->left_out != LeftOut::no) return true;
        entry = *std::move(found);
    }
    return false;
}

}  // namespace

Result<fs::MountsBelow> find_extra_mounts(ChunkReader& reader, int root, const TreeEntry& target,
                                          std::string_view shown) {
    HOLT_TRY_LET(mounts, fs::MountsBelow::find(root, shown));
    std::vector<std::string> in_the_way;
    for (const std::string& path : mounts.paths()) {
        HOLT_TRY_LET(is_extra, has_nothing_at(reader, target, path));
        if (!is_extra) in_the_way.push_back(path);
    }
    if (!in_the_way.empty()) return fs::refuse_mounts(in_the_way, shown);
    return mounts;
}

void tell_extra_mounts(const fs::MountsBelow& mounts, std::string_view shown, Reporter& reporter) {
    for (const std::string& path : mounts.paths())
        reporter.note(Severity::left_out,
                      fail(ErrorKind::partial, "leave mount", fs::join_path(shown, path),
                           "the snapshot has nothing there, and what is mounted is not removed",
                           "unmount it, and run it again")
                          .error());
}

}  // namespace holt::store
