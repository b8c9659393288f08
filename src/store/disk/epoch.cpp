#include "store/disk/epoch.h"

#include <cerrno>
#include <string>

#include "base/guard.h"
#include "fs/file.h"
#include "fs/folder.h"
#include "fs/paths.h"
#include "fs/random_name.h"

namespace holt::store {
namespace {

constexpr const char* kPart = "epochs";
constexpr std::size_t kNameDigits = 16;

// A collector holds the lock of an old epoch for the moment in which it removes it.
constexpr std::chrono::seconds kPatience{10};
constexpr std::chrono::milliseconds kMissing{200};

std::string shown_epoch(const StoreFolder& folder, std::string_view name) {
    return folder.shown(std::string(kPart) + "/" + std::string(name));
}

}  // namespace

Result<fs::FileLock> enter_epoch(const StoreFolder& folder) {
    const std::string name = std::string(kPart) + "/" + StoreFolder::kCurrentEpoch;
    fs::LockWaiter waiter(fs::LockWait{kMissing});
    if (!guard("lock of a reader")) return fs::FileLock();
    for (;;) {
        auto lock = fs::FileLock::acquire_read_only(folder.fd(), name, folder.shown(name),
                                                    {.timeout = kPatience});
        if (lock || lock.error().sys_errno != ENOENT) return lock;
        // Where two names cannot be swapped there is none for a moment.
        HOLT_TRY_LET(kept, fs::exists(folder.fd(), kPart, folder.shown(kPart)));
        if (!kept || waiter.pause() != fs::LockWaiter::Verdict::again) return fs::FileLock();
    }
}

Status start_epoch(const StoreFolder& folder) {
    HOLT_TRY_LET(epochs, folder.open_part(kPart));
    const std::string current = StoreFolder::kCurrentEpoch;
    const std::string shown = shown_epoch(folder, current);
    const std::string next = fs::random_hex(kNameDigits);
    HOLT_TRY(fs::create_file(epochs.get(), next, 0666, shown_epoch(folder, next)));
    // In one step, so that there is a current one at every moment, and the old one keeps a name.
    const Status swapped = fs::rename_exchange(epochs.get(), next, epochs.get(), current, shown);
    if (swapped) return {};
    const int err = swapped.error().sys_errno;
    if (err != ENOENT && err != EINVAL && err != ENOSYS && err != EXDEV) return swapped;
    if (err != ENOENT)
        HOLT_TRY(fs::rename_no_replace(epochs.get(), current, epochs.get(),
                                       fs::random_hex(kNameDigits), shown));
    return fs::rename_no_replace(epochs.get(), next, epochs.get(), current, shown);
}

Status wait_for_old_readers(const StoreFolder& folder, const fs::LockWait& wait) {
    HOLT_TRY_LET(epochs, folder.open_part(kPart));
    HOLT_TRY_LET(names, fs::list_names(epochs.get(), folder.shown(kPart)));
    fs::LockWaiter waiter(wait);
    for (const std::string& name : names) {
        if (name == StoreFolder::kCurrentEpoch) continue;
        const std::string shown = shown_epoch(folder, name);
        HOLT_TRY_LET(fd, fs::open_read(epochs.get(), name, shown));
        const fs::LockWait left = waiter.left();
        HOLT_TRY_LET(alone, fs::FileLock::acquire_open(std::move(fd), shown,
                                                       {.mode = fs::LockMode::exclusive,
                                                        .timeout = left.timeout,
                                                        .cancel = left.cancel}));
        HOLT_TRY(fs::unlink_file(epochs.get(), name, shown));
    }
    return {};
}

}  // namespace holt::store
