#include "store/disk/leftovers.h"

#include <cerrno>
#include <string_view>

#include "fs/folder.h"
#include "fs/walk/sweep.h"

namespace holt::store {
namespace {

// Files that are written under a lock of their own, and the catalog that a repair makes: that has
// no such lock, but where it may be swept no repair is at work.
bool is_temporary(std::string_view name) noexcept {
    return name.find(".tmp-") != name.npos || name.starts_with("rebuilt.db");
}

}  // namespace

Status sweep_leftovers(const StoreFolder& folder) {
    HOLT_TRY_LET(pins, folder.open_part("pins"));
    HOLT_TRY(fs::remove_unlocked_files(pins.get(), folder.shown("pins"),
                                       [](std::string_view) { return true; }));
    HOLT_TRY_LET(tmp, folder.open_part("tmp"));
    HOLT_TRY(fs::remove_unlocked_files(tmp.get(), folder.shown("tmp"), is_temporary));
    return {};
}

Result<FileTotals> count_files(const StoreFolder& folder, const std::string& part) {
    FileTotals totals;
    const std::string shown = folder.shown(part);
    const Result<UniqueFd> fd = fs::open_subfolder(folder.fd(), part, shown);
    if (!fd && fd.error().sys_errno == ENOENT) return totals;
    if (!fd) return std::unexpected(fd.error());
    HOLT_TRY_LET(listing, fs::list_folder(fd->get(), shown));
    for (const fs::DirEntry& entry : listing.entries) {
        if (entry.stat.kind != fs::Kind::file) continue;
        ++totals.files;
        totals.bytes += entry.stat.size;
    }
    return totals;
}

}  // namespace holt::store
