#include "store/trees/lookup.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "fs/folder.h"
#include "store/content/tree_cursor.h"
#include "store/format/left_out.h"
#include "store/format/snapshot_record.h"

namespace holt::store {
namespace {

constexpr std::size_t kMaxSnap = kMaxKey + std::string_view("name:").size();

}  // namespace

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

bool reads_as_folder(std::string_view text) noexcept {
    return text == "." || text == ".." || text.starts_with('/') || text.starts_with("./") ||
           text.starts_with("../");
}

Result<SnapPath> find_snap_path(Catalog& catalog, const std::string& text) {
    std::optional<Error> told;  // of a SNAP that is the beginning of several ids
    for (std::size_t end = text.size(); end > 0;) {
        // What is longer than any name or key is none, however many colons it has.
        if (end <= kMaxSnap) {
            auto found = catalog.look_up(text.substr(0, end));
            if (!found && found.error().kind != ErrorKind::not_found)
                return std::unexpected(std::move(found).error());
            if (!found) {
                told = std::move(found).error();
            } else if (*found) {
                HOLT_TRY_LET(path, clean_path(text.substr(std::min(end + 1, text.size()))));
                return SnapPath{**std::move(found), std::move(path)};
            }
        }
        const std::size_t colon = text.rfind(':', end - 1);
        end = colon == std::string::npos ? 0 : colon;
    }
    if (told) return std::unexpected(*std::move(told));
    return std::unexpected(catalog.no_such_snapshot(text));
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
        HOLT_TRY_LET(child, find_child(reader, entry, name, so_far));
        so_far = fs::join_path(so_far, name);
        if (!child) {
            return fail(ErrorKind::not_found, "look up", path,
                        "the snapshot has no '" + printable(so_far) + "'", Advice::list_entries);
        }
        entry = *std::move(child);
    }
    return entry;
}

}  // namespace holt::store
