#include "store/lookup.h"

#include <algorithm>
#include <utility>

#include "fs/folder.h"
#include "store/left_out.h"

namespace holt::store {

Result<std::string> clean_path(const std::string& path) {
    std::string clean;
    for (std::string_view rest = path; !rest.empty();) {
        const std::size_t slash = rest.find('/');
        const std::string_view part = rest.substr(0, slash);
        rest.remove_prefix(slash == std::string_view::npos ? rest.size() : slash + 1);
        if (part.empty() || part == ".") continue;
        if (part == "..") {
            return fail(ErrorKind::usage, "look up", path, "a path in a snapshot cannot have '..'",
                        "write the path from the snapshot's root");
        }
        clean = fs::join_path(clean, part);
    }
    return clean;
}

Result<SnapPath> parse_snap_path(const std::string& text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string::npos) return SnapPath{text, ""};
    HOLT_TRY_LET(path, clean_path(text.substr(colon + 1)));
    return SnapPath{text.substr(0, colon), std::move(path)};
}

Result<TreeEntry> find_entry(ChunkReader& reader, const TreeEntry& root, const std::string& path) {
    TreeEntry entry = root;
    std::string so_far;
    for (std::string_view rest = path; !rest.empty();) {
        const std::size_t slash = rest.find('/');
        const std::string_view name = rest.substr(0, slash);
        rest.remove_prefix(slash == std::string_view::npos ? rest.size() : slash + 1);
        if (entry.kind != fs::Kind::folder) {
            return fail(ErrorKind::not_found, "look up", path,
                        "'" + printable(so_far) + "' is not a folder");
        }
        if (entry.left_out != LeftOut::no)
            return std::unexpected(left_out_error("look up", entry, so_far));
        HOLT_TRY_LET(tree, reader.read_tree(entry, so_far));
        const auto at = std::ranges::lower_bound(tree, name, {}, &TreeEntry::name);
        so_far = fs::join_path(so_far, name);
        if (at == tree.end() || at->name != name) {
            return fail(ErrorKind::not_found, "look up", path,
                        "the snapshot has no '" + printable(so_far) + "'",
                        "`holt ls` shows what it has");
        }
        entry = std::move(*at);
    }
    return entry;
}

}  // namespace holt::store
