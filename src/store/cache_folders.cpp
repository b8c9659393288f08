#include "store/cache_folders.h"

#include <utility>
#include <vector>

#include "fs/path/path_text.h"
#include "fs/paths.h"
#include "relocation/prefixes.h"

namespace holt::store {

Status refuse_nested(std::span<const std::string> folders, const char* operation) {
    std::vector<std::string> paths;
    for (const std::string& folder : folders) {
        std::string path = fs::resolve_path(folder);
        for (const std::string& other : paths)
            if (fs::one_holds_other(path, other))
                return fail(ErrorKind::usage, operation, folder,
                            "it and '" + printable(other) + "' are one in the other",
                            "give folders that do not hold each other");
        paths.push_back(std::move(path));
    }
    return {};
}

Status check_movable_paths(std::span<const std::string> folders) {
    std::vector<relocation::Prefixes::Folder> paths;
    for (const std::string& folder : folders) {
        std::string real = fs::resolve_path(folder);
        paths.push_back({fs::plain_path(folder).value_or(real), std::move(real)});
    }
    HOLT_TRY(relocation::Prefixes::make(paths));
    return {};
}

Status make_parents(std::span<const std::string> folders) {
    for (const std::string& folder : folders) {
        const std::string path = fs::resolve_path(folder);
        const std::string parent = path.substr(0, path.rfind('/'));
        if (!parent.empty()) HOLT_TRY(fs::make_folders(parent, 0777, fs::Durability::none));
    }
    return {};
}

}  // namespace holt::store
