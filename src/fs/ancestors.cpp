#include "fs/ancestors.h"

#include <cerrno>
#include <utility>

#include "fs/file.h"
#include "fs/folder.h"
#include "fs/paths.h"
#include "fs/sys.h"

namespace holt::fs {
namespace {

constexpr const char* kOperation = "find path of";
constexpr int kMostLevels = 8192;  // beyond what PATH_MAX allows

bool is_same(const FileStat& a, const FileStat& b) noexcept {
    return a.dev == b.dev && a.ino == b.ino;
}

std::unexpected<Error> removed(std::string_view shown) {
    return fail_missing(kOperation, std::string(shown),
                        "the folder was removed, or cannot be reached by a path",
                        "change to a folder that is there, or give another path");
}

}  // namespace

Result<std::optional<UniqueFd>> open_above(int fd, const FileStat& self, std::string_view shown) {
    if (self.nlink == 0) return removed(shown);
    const int opened = sys::openat(fd, "..", O_PATH | O_DIRECTORY);
    if (opened == -ENOENT) return removed(shown);
    if (opened < 0) return fail_errno(-opened, kOperation, std::string(shown));
    UniqueFd above(opened);
    HOLT_TRY_LET(stat, stat_fd(above.get(), shown));
    if (!is_same(stat, self)) return std::optional(std::move(above));
    // A folder that is mounted on one of its own subfolders is above itself, too.
    const auto root = stat_path("/");
    if (root && !is_same(*root, self)) return std::optional(std::move(above));
    return std::nullopt;
}

Result<std::string> name_in(int parent, int fd, const FileStat& self, std::string_view shown) {
    const auto is_it = [&](const std::string& name) {
        const auto stat = stat_at(parent, name, shown);
        return stat && is_same(*stat, self);
    };
    if (auto link = read_fd_link(fd)) {
        std::string name = link->substr(link->rfind('/') + 1);
        if (is_component(name) && is_it(name)) return name;
    }
    HOLT_TRY_LET(listed, open_beneath(parent, "", shown));
    HOLT_TRY_LET(names, list_names(listed.get(), shown));
    for (std::string& name : names)
        if (is_it(name)) return std::move(name);
    return removed(shown);
}

Status visit_upwards(int fd, std::string_view shown,
                     const std::function<Result<bool>(int fd, const FileStat& stat)>& visit) {
    UniqueFd at;
    for (int level = 0; level < kMostLevels; ++level) {
        const int here = at ? at.get() : fd;
        HOLT_TRY_LET(stat, stat_fd(here, shown));
        HOLT_TRY_LET(goes_on, visit(here, stat));
        if (!goes_on) return {};
        HOLT_TRY_LET(above, open_above(here, stat, shown));
        if (!above) return {};
        at = *std::move(above);
    }
    return fail_errno(ENAMETOOLONG, kOperation, std::string(shown));
}

Result<std::string> climb(int fd, std::string_view shown) {
    std::string path;
    UniqueFd below;  // what was visited before
    FileStat below_stat;
    const Status visited =
        visit_upwards(fd, shown, [&](int here, const FileStat& stat) -> Result<bool> {
            if (below) {
                HOLT_TRY_LET(name, name_in(here, below.get(), below_stat, shown));
                path.insert(0, "/" + name);
            }
            HOLT_TRY_LET(kept, duplicate(here, shown));
            below = std::move(kept);
            below_stat = stat;
            return true;
        });
    HOLT_TRY(visited);
    return path.empty() ? "/" : path;
}

}  // namespace holt::fs
