#include "store/disk/store_guard.h"

#include <utility>
#include <vector>

#include "fs/ancestors.h"
#include "fs/file.h"
#include "fs/paths.h"

namespace holt::store {
namespace {

// The store's folders that a bind mount may show apart from the store.
std::vector<fs::FileStat> folders_of(const StoreFolder& store) {
    std::vector<fs::FileStat> folders;
    if (const auto root = fs::stat_fd(store.fd(), store.path())) folders.push_back(*root);
    for (const char* part : {"packs", "pool", "pins", "quarantine", "tmp"})
        if (const auto stat = fs::stat_at(store.fd(), part, store.shown(part)))
            folders.push_back(*stat);
    return folders;
}

bool is_same(const fs::FileStat& a, const fs::FileStat& b) noexcept {
    return a.dev == b.dev && a.ino == b.ino;
}

}  // namespace

Status refuse_inside_store(int folder, const StoreFolder* store, const char* operation,
                           const std::string& shown) {
    std::vector<fs::FileStat> own;
    if (store != nullptr) own = folders_of(*store);
    bool inside = false;
    const Status visited =
        fs::visit_upwards(folder, shown, [&](int fd, const fs::FileStat& stat) -> Result<bool> {
            for (const fs::FileStat& one : own) inside = inside || is_same(one, stat);
            inside = inside || StoreFolder::is_store(fd);
            return !inside;
        });
    // Above what may not be searched there is no store that this user could write to.
    if (!visited && is_missing(visited.error())) return visited;
    if (!inside) return {};
    return fail(ErrorKind::usage, operation, shown, "it lies in the folder of a store",
                "give a path that is not in a store");
}

Result<std::optional<std::string>> path_to_store(int folder, const StoreFolder& store) {
    HOLT_TRY_LET(root, fs::stat_fd(folder, ""));
    std::string path;
    std::optional<std::string> found;
    UniqueFd below;
    fs::FileStat below_stat;
    HOLT_TRY(fs::visit_upwards(
        store.fd(), store.path(), [&](int fd, const fs::FileStat& stat) -> Result<bool> {
            if (below) {
                HOLT_TRY_LET(name, fs::name_in(fd, below.get(), below_stat, store.path()));
                path.insert(0, path.empty() ? name : name + "/");
            }
            if (is_same(stat, root)) {
                found = path;
                return false;
            }
            HOLT_TRY_LET(kept, fs::duplicate(fd, store.path()));
            below = std::move(kept);
            below_stat = stat;
            return true;
        }));
    return found;
}

}  // namespace holt::store
