#include "store/snapshot/lone_entry.h"

#include <array>
#include <memory>
#include <utility>

#include "fs/file.h"
#include "fs/folder.h"
#include "fs/paths.h"

namespace holt::store {

Result<std::optional<LoneEntry>> find_lone_entry(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    std::array<std::string, 1> names{path.substr(slash + 1)};  // npos + 1 is 0
    const std::string name = names[0];
    if (!fs::is_component(name)) return std::nullopt;
    const std::string above = slash == std::string::npos ? "."
                              : slash == 0               ? "/"
                                                         : path.substr(0, slash);
    auto folder = fs::open_folder(above);
    if (!folder) return std::nullopt;
    fs::Listing listing = fs::look_at_names(folder->get(), names, path);
    if (!listing.errors.empty()) return std::unexpected(std::move(listing.errors.front().error));
    if (listing.entries.empty()) return std::nullopt;
    const fs::FileStat& stat = listing.entries.front().stat;
    if (stat.kind == fs::Kind::folder) return std::nullopt;
    if (stat.kind > fs::Kind::fifo)
        return fail(ErrorKind::usage, "snapshot", path,
                    stat.kind == fs::Kind::socket ? "a socket has no content to keep"
                                                  : "device files are not kept",
                    "give a folder, a file, a symlink or a FIFO");
    if (stat.kind == fs::Kind::file) HOLT_TRY(fs::open_read(folder->get(), name, path));
    HOLT_TRY_LET(real, fs::real_path(above));
    fs::WalkFolder root{.path = "",
                        .stat = {.kind = fs::Kind::folder,
                                 .mode = 0755,
                                 .uid = stat.uid,
                                 .gid = stat.gid,
                                 .mtime = stat.mtime,
                                 .dev = stat.dev},
                        .fd = std::make_shared<const UniqueFd>(*std::move(folder)),
                        .entries = std::move(listing.entries),
                        .errors = {},
                        .made_up = true};
    return LoneEntry{.path = (real == "/" ? "" : real) + "/" + name, .root = std::move(root)};
}

}  // namespace holt::store
