#include "store/snapshot/source_folders.h"

#include <memory>
#include <utility>

#include "fs/file.h"
#include "fs/folder.h"
#include "fs/path/path_text.h"
#include "fs/paths.h"
#include "store/format/cache_fields.h"

namespace holt::store {
namespace {

struct Together {
    std::vector<SourceFolder> folders;
    fs::WalkOptions options;
    fs::Executor executor;
    std::size_t next = 0;  // folder to be walked
    bool root_given = false;
    std::unique_ptr<fs::TreeWalk> walk{};

    fs::WalkFolder root() const;
    std::optional<fs::WalkFolder> give_next();
};

fs::WalkFolder Together::root() const {
    // Whoever made the folders: the root is the same for all.
    fs::WalkFolder root{
        .path = "",
        .stat = {.kind = fs::Kind::folder, .mode = 0755, .dev = folders.front().stat.dev},
        .fd = {},
        .entries = {},
        .errors = {},
        .made_up = true};
    if (auto fd = fs::duplicate(folders.front().fd.get(), folders.front().path))
        root.fd = std::make_shared<const UniqueFd>(*std::move(fd));
    for (std::size_t i = 0; i < folders.size(); ++i)
        root.entries.push_back({.name = cache_folder_name(i), .stat = folders[i].stat});
    return root;
}

std::optional<fs::WalkFolder> Together::give_next() {
    if (!std::exchange(root_given, true)) return root();
    for (;;) {
        if (!walk) {
            if (next == folders.size()) return std::nullopt;
            walk = std::make_unique<fs::TreeWalk>(std::move(folders[next++].fd), "", options,
                                                  executor);
        }
        if (auto folder = walk->next()) {
            const std::string name = cache_folder_name(next - 1);
            folder->path = folder->path.empty() ? name : name + "/" + folder->path;
            ++folder->depth;
            return folder;
        }
        walk.reset();
    }
}

}  // namespace

Result<std::vector<SourceFolder>> open_source_folders(std::span<const std::string> paths) {
    constexpr const char* kOpen = "save folders";
    if (paths.size() > kMostFolders)
        return fail(ErrorKind::usage, kOpen, "", "more than 99 folders",
                    "save a folder that holds them");
    std::vector<SourceFolder> folders;
    for (const std::string& path : paths) {
        HOLT_TRY_LET(fd, fs::open_folder(path));
        HOLT_TRY_LET(real, fs::real_path(path));
        HOLT_TRY_LET(stat, fs::stat_fd(fd.get(), path));
        for (const SourceFolder& other : folders) {
            if (!fs::one_holds_other(real, other.path)) continue;
            return fail(ErrorKind::usage, kOpen, path,
                        "it and '" + printable(other.path) + "' are one in the other",
                        "give the outer one only");
        }
        folders.push_back({std::move(fd), std::move(real), stat});
    }
    return folders;
}

std::function<std::optional<fs::WalkFolder>()> walk_together(std::vector<SourceFolder> folders,
                                                             const fs::WalkOptions& options,
                                                             const fs::Executor& executor) {
    auto together = std::make_shared<Together>(
        Together{.folders = std::move(folders), .options = options, .executor = executor});
    return [together] { return together->give_next(); };
}

}  // namespace holt::store
