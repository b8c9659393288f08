#include "store/trees/mounts_met.h"

#include <utility>

#include "fs/file.h"
#include "fs/folder.h"
#include "store/content/tree_cursor.h"

namespace holt::store {
namespace {

std::string above(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? "" : path.substr(0, slash);
}

// True when what the tree has, and is selected, by the path's names ends above it.
Result<bool> has_nothing_at(ChunkReader& reader, TreeEntry entry, const std::string& path,
                            const Selection& selection) {
    for (std::size_t begin = 0, end = 0; end != std::string::npos; begin = end + 1) {
        // A file where the path has a folder: that one would have to go, with what is in it.
        if (entry.kind != fs::Kind::folder) return false;
        end = path.find('/', begin);
        const std::string here = path.substr(0, end);
        HOLT_TRY_LET(found, find_child(reader, entry, here.substr(begin), path));
        if (!found) return true;
        // Unknown what was there: nothing at or below it is changed.
        if (found->left_out != LeftOut::no) return true;
        if (selection.folder(above(here)).role_in_tree(here, found->kind) == Role::none)
            return true;
        entry = *std::move(found);
    }
    return false;
}

// Whether a mount would be removed with what is selected, if it were an ordinary entry.
bool is_selected(int root, const std::string& path, const Selection& selection) {
    if (selection.all()) return true;
    const auto stat = fs::stat_at(root, path, path);
    return selection.selects(path, stat ? stat->kind : fs::Kind::folder);
}

}  // namespace

Result<MountsMet> find_mounts(ChunkReader& reader, int root, const TreeEntry& target,
                              const Selection& selection, std::string_view shown) {
    HOLT_TRY_LET(mounts, fs::MountsBelow::find(root, shown));
    std::vector<std::string> in_the_way, extras;
    for (const std::string& path : mounts.paths()) {
        HOLT_TRY_LET(is_free, has_nothing_at(reader, target, path, selection));
        if (!is_free) {
            in_the_way.push_back(path);
        } else if (is_selected(root, path, selection)) {
            extras.push_back(path);
        }
    }
    if (!in_the_way.empty()) return fs::refuse_mounts(in_the_way, shown);
    return MountsMet{std::move(mounts), std::move(extras)};
}

void tell_extra_mounts(const MountsMet& met, std::string_view shown, Reporter& reporter) {
    for (const std::string& path : met.extras)
        reporter.note(Severity::left_out,
                      fail(ErrorKind::partial, "leave mount", fs::join_path(shown, path),
                           "the snapshot has nothing there, and what is mounted is not removed",
                           "unmount it, and run it again")
                          .error());
}

}  // namespace holt::store
