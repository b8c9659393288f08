// Restoring out of an archive without a store.
//
// The archive is imported into a private store beside the destination and restored from there: so
// the one import decides what is refused, the one restore engine writes, every byte is hashed
// before it is used, and nothing of an archive that is refused is ever at the destination. What
// that costs is the content once more, lightly compressed (bench/results/archives.md).
#include <holt/archive.hpp>

#include <utility>

#include "base/error.h"
#include "base/no_throw.h"
#include "fs/folder.h"
#include "fs/paths.h"
#include "fs/staging/staging.h"
#include "store/disk/store_guard.h"

namespace holt {
namespace {

constexpr const char* kOperation = "use destination";

// A folder of our own beside the destination: locked, and swept by the next restore to the same
// destination if this process dies.
Result<fs::Staging> private_folder(const std::string& destination, const RestoreOptions& options) {
    HOLT_TRY_LET(place, fs::look_at_destination(
                            destination, options.force ? fs::Closed::open_up : fs::Closed::refuse));
    if (place.state == fs::DestinationState::absent) {
        HOLT_TRY(store::refuse_inside_store(place.parent.get(), nullptr, kOperation, destination));
    } else {
        HOLT_TRY_LET(folder, fs::open_subfolder(place.parent.get(), place.name, destination));
        HOLT_TRY(store::refuse_inside_store(folder.get(), nullptr, kOperation, destination));
    }
    if (!options.force) HOLT_TRY(fs::look_at_new_destination(destination));
    // It is the restore itself that has to open it up.
    place.opened.close_again();
    return fs::Staging::begin_private(std::move(place));
}

}  // namespace

Result<RestoreReport> restore_archive(const ArchivePlace& archive, const std::string& destination,
                                      const RestoreOptions& options,
                                      const ImportOptions& import_options, Observer& observer) {
    return guarded([&]() -> Result<RestoreReport> {
        if (options.link == LinkMode::require_hardlink || options.link == LinkMode::require_reflink)
            return fail(ErrorKind::usage, "restore", archive.path,
                        "an archive has no files to share content with",
                        "import it, and restore the snapshot");
        RestoreOptions by_copy = options;
        by_copy.link = LinkMode::copy;
        HOLT_TRY_LET(folder, private_folder(destination, options));
        HOLT_TRY_LET(path, fs::path_of(folder.fd(), destination));
        // Nobody else uses it: it does not matter what locks are worth here.
        HOLT_TRY_LET(store, Store::init(path + "/store", {.allow_network_store = true}));
        ImportOptions import = import_options;
        // The fastest level: it is written to be read once.
        if (import.level == 0) import.level = -5;
        HOLT_TRY_LET(imported, store.import_from(archive, import, observer));
        if (imported.snapshots.size() != 1)
            return fail(ErrorKind::usage, "restore", archive.path,
                        "it holds " + std::to_string(imported.snapshots.size()) + " snapshots",
                        "import it into a store, and restore the one that is wanted");
        HOLT_TRY_LET(restored,
                     store.restore(imported.snapshots[0].id.hex(), destination, by_copy, observer));
        restored.warnings += imported.warnings;
        return restored;
    });
}

}  // namespace holt
