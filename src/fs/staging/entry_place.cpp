#include "fs/staging/entry_place.h"

#include <cerrno>
#include <string_view>
#include <utility>

#include "fs/file.h"
#include "fs/folder.h"
#include "fs/follow_path.h"

namespace holt::fs {
namespace {

constexpr const char* kUse = "use destination";

Result<EntryPlace> place_in(UniqueFd folder, std::string folder_shown, std::string name,
                            std::string shown) {
    const auto stat = stat_at(folder.get(), name, shown);
    if (!stat && stat.error().sys_errno != ENOENT) return std::unexpected(stat.error());
    EntryPlace place{.destination = {.parent = std::move(folder),
                                     .name = std::move(name),
                                     .shown = std::move(shown),
                                     .parent_shown = std::move(folder_shown)}};
    if (!stat) return place;
    place.destination.replaces_entry = true;
    place.there = *stat;
    return place;
}

Result<EntryPlace> place_at(const std::string& path) {
    auto end = follow_path(path, FollowLinks::trusted, LastLink::keep);
    if (!end) {
        end.error().operation = kUse;
        return std::unexpected(std::move(end).error());
    }
    HOLT_TRY(check_component(end->name, path));
    return place_in(std::move(end->folder), std::move(end->folder_shown), std::move(end->name),
                    path);
}

// Whether a path can only mean a folder.
bool means_folder(std::string_view path) {
    const std::string_view last = path.substr(path.rfind('/') + 1);
    return last.empty() || last == "." || last == "..";
}

}  // namespace

Result<EntryPlace> look_at_entry_place(const std::string& path, const std::string& own_name) {
    if (path.empty())
        return fail(ErrorKind::usage, kUse, path, "the path is empty", "give the new file's path");
    const std::string inside = path.ends_with('/') ? path + own_name : path + "/" + own_name;
    if (means_folder(path)) return place_at(inside);
    HOLT_TRY_LET(place, place_at(path));
    if (!place.there || place.there->kind != Kind::folder) return place;
    HOLT_TRY_LET(folder,
                 open_subfolder(place.destination.parent.get(), place.destination.name, path));
    return place_in(std::move(folder), path, own_name, inside);
}

}  // namespace holt::fs
