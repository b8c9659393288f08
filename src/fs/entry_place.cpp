#include "fs/entry_place.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

#include "fs/file.h"
#include "fs/folder.h"

namespace holt::fs {
namespace {

constexpr const char* kUse = "use destination";

/// A path as the folder above and the name in it.
struct Split {
    std::string above, name;
};

Split split(const std::string& path) {
    std::string bare = path;
    while (bare.size() > 1 && bare.back() == '/') bare.pop_back();
    const std::size_t slash = bare.rfind('/');
    if (slash == std::string::npos) return {".", bare};
    return {slash == 0 ? "/" : bare.substr(0, slash), bare.substr(slash + 1)};
}

// Followed on behalf of whoever made the link: that must be somebody whom this user trusts anyway.
Status refuse_strange_link(const std::string& path) {
    const auto [above, name] = split(path);
    if (!is_component(name)) return {};  // "/", "." and ".." are no links
    HOLT_TRY_LET(parent, open_folder(above));
    const auto stat = stat_at(parent.get(), name, path);
    if (!stat || stat->kind != Kind::symlink || stat->uid == 0 || stat->uid == ::geteuid())
        return {};
    return fail(ErrorKind::unsafe_input, kUse, path, "it is a symlink that another user made",
                "give the path of the folder itself");
}

Result<EntryPlace> place_in(UniqueFd folder, const std::string& folder_shown,
                            const std::string& name) {
    std::string shown = folder_shown;
    if (!shown.ends_with('/')) shown += '/';
    shown += name;
    const auto stat = stat_at(folder.get(), name, shown);
    if (!stat && stat.error().sys_errno != ENOENT) return std::unexpected(stat.error());
    EntryPlace place{.destination = {.parent = std::move(folder),
                                     .name = name,
                                     .shown = std::move(shown),
                                     .parent_shown = folder_shown}};
    if (stat) place.there = *stat;
    return place;
}

}  // namespace

Result<EntryPlace> look_at_entry_place(const std::string& path, const std::string& own_name) {
    if (path.empty())
        return fail(ErrorKind::usage, kUse, path, "the path is empty", "give the new file's path");
    const auto [above, name] = split(path);
    if (path.back() == '/' || name == "." || name == "..") {
        HOLT_TRY(refuse_strange_link(path));
        HOLT_TRY_LET(folder, open_folder(path));
        return place_in(std::move(folder), path, own_name);
    }
    HOLT_TRY(check_component(name, path));
    HOLT_TRY_LET(parent, open_folder(above));
    HOLT_TRY_LET(place, place_in(std::move(parent), above, name));
    place.destination.shown = path;
    if (!place.there || place.there->kind != Kind::folder) return place;
    HOLT_TRY_LET(folder, open_subfolder(place.destination.parent.get(), name, path));
    return place_in(std::move(folder), path, own_name);
}

}  // namespace holt::fs
