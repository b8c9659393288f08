#include "store/cache/notes.h"

#include <algorithm>
#include <chrono>

#include "fs/folder.h"
#include "fs/lock.h"
#include "fs/path/identity.h"
#include "fs/paths.h"
#include "store/cache/use_log.h"
#include "store/format/cache_fields.h"
#include "store/source/file_reading.h"
#include "store/space/space.h"

namespace holt::store {
namespace {

constexpr std::chrono::milliseconds kPatience{500};

// A catalog to write to, while no repair replaces it.
struct Writable {
    fs::FileLock writers;
    Catalog catalog;
};
Result<Writable> open_to_write(const StoreFolder& folder, const OpenOptions& open) {
    HOLT_TRY_LET(pins, folder.open_part("pins"));
    HOLT_TRY_LET(writers, fs::FileLock::try_acquire_open(std::move(pins), folder.shown("pins"),
                                                         fs::LockMode::shared));
    if (!writers) return fail(ErrorKind::busy, "count", folder.path(), "repair is at work");
    HOLT_TRY_LET(catalog, Catalog::open(folder, Catalog::Mode::read_write,
                                        std::min(open.lock_timeout, kPatience)));
    return Writable{*std::move(writers), std::move(catalog)};
}

Status put_count(const StoreFolder& folder, const OpenOptions& open, const CacheCount& count) {
    HOLT_TRY_LET(is_long, append_use(folder, count, day_of(current_time())));
    if (!is_long && count.what != CacheCount::What::save) return {};
    HOLT_TRY_LET(writable, open_to_write(folder, open));
    return add_up_uses(folder, writable.catalog);
}

Result<Space> space_of(const std::string& path, const SnapshotInfo& entry, std::size_t number) {
    HOLT_TRY_LET(fd, fs::open_folder(path));
    HOLT_TRY_LET(identity, fs::identity_of(fd.get(), path));
    HOLT_TRY_LET(real, fs::path_of(fd.get(), path));
    return Space{.path = std::move(real),
                 .root = identity,
                 .snapshot = entry.id,
                 .sub = entry.folders_saved > 1 ? cache_folder_name(number) : ""};
}

}  // namespace

void note_count(const StoreFolder& folder, const OpenOptions& open, const CacheCount& count,
                const Log& log) {
    if (open.access == Access::read_only) return;
    if (const Status done = put_count(folder, open, count); !done)
        log->info("the use of the cache is not counted: {}", done.error().message());
}

void note_saved_folders(const StoreFolder& folder, const OpenOptions& open,
                        std::span<const std::string> folders, const SnapshotInfo& entry,
                        const Log& log) {
    for (std::size_t i = 0; i < folders.size(); ++i) {
        const auto space = space_of(folders[i], entry, i);
        if (space) remember_space(folder, open, *space, SpaceRecords{}, "", log);
    }
}

}  // namespace holt::store
