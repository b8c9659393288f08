#include "store/disk/pin.h"

#include <cerrno>
#include <utility>

#include "base/guard.h"
#include "base/process.h"
#include "fs/file.h"
#include "fs/folder.h"
#include "fs/paths.h"
#include "fs/random_name.h"
#include "store/disk/leftovers.h"

namespace holt::store {
namespace {

constexpr std::size_t kNameDigits = 16;

// A sweep or a look at the holders takes a new pin's lock for a moment before its owner has it:
// nobody keeps it, so however little the caller wants to wait, this is waited for.
constexpr std::chrono::seconds kPatience{10};

}  // namespace

Pin::Pin(UniqueFd folder, fs::FileLock writers, std::string name, std::string shown,
         fs::FileLock lock) noexcept
    : folder_(std::move(folder)),
      process_(current_process()),
      name_(std::move(name)),
      shown_(std::move(shown)),
      writers_(std::move(writers)),
      lock_(std::move(lock)) {}

Pin& Pin::operator=(Pin&& other) noexcept {
    if (this == &other) return *this;
    drop();
    folder_ = std::move(other.folder_);
    process_ = other.process_;
    name_ = std::move(other.name_);
    shown_ = std::move(other.shown_);
    writers_ = std::move(other.writers_);
    lock_ = std::move(other.lock_);
    return *this;
}

Pin::~Pin() {
    drop();
}

void Pin::drop() noexcept {
    if (!lock_.held() || process_ != current_process()) return;
    // A pin that cannot be removed is swept by the next writer, once its lock is gone.
    static_cast<void>(lock_.remove_and_release(folder_.get(), name_, shown_));
}

Result<Pin> Pin::hold(const StoreFolder& folder, const fs::LockWait& wait) {
    HOLT_TRY(folder.check_locks_hold());
    HOLT_TRY_LET(pins, folder.open_part("pins"));
    HOLT_TRY_LET(own, folder.open_part("pins"));
    HOLT_TRY_LET(writers, fs::FileLock::acquire_open(std::move(own), folder.shown("pins"),
                                                     {.mode = fs::LockMode::shared,
                                                      .timeout = wait.timeout,
                                                      .cancel = wait.cancel}));
    HOLT_TRY(sweep_leftovers(folder));
    std::string name = fs::random_hex(kNameDigits);
    std::string shown = folder.shown("pins/" + name);
    auto lock = fs::FileLock::acquire(pins.get(), name, shown,
                                      {.timeout = kPatience, .cancel = wait.cancel});
    if (!lock) {
        // Its name is nobody else's: what was made of it goes.
        static_cast<void>(fs::unlink_file(pins.get(), name, shown));
        return std::unexpected(std::move(lock).error());
    }
    return Pin(std::move(pins), std::move(writers), std::move(name), std::move(shown),
               *std::move(lock));
}

Result<std::optional<fs::FileLock>> Pin::keep_repair_away(const StoreFolder& folder) {
    HOLT_TRY(folder.check_locks_hold());
    HOLT_TRY_LET(pins, folder.open_part("pins"));
    return fs::FileLock::try_acquire_open(std::move(pins), folder.shown("pins"),
                                          fs::LockMode::shared);
}

Result<fs::FileLock> Pin::exclude_writers(const StoreFolder& folder, const fs::LockWait& wait) {
    HOLT_TRY(folder.check_locks_hold());
    HOLT_TRY_LET(pins, folder.open_part("pins"));
    return fs::FileLock::acquire_open(
        std::move(pins), folder.shown("pins"),
        {.mode = guard("repair alone") ? fs::LockMode::exclusive : fs::LockMode::shared,
         .timeout = wait.timeout,
         .cancel = wait.cancel});
}

Result<std::vector<std::string>> Pin::others(const StoreFolder& folder) const {
    HOLT_TRY_LET(names, fs::list_names(folder_.get(), folder.shown("pins")));
    std::erase(names, name_);
    return names;
}

Status Pin::wait_for(const StoreFolder& folder, const std::vector<std::string>& names,
                     const fs::LockWait& wait) {
    HOLT_TRY_LET(pins, folder.open_part("pins"));
    fs::LockWaiter waiter(wait);
    for (const std::string& name : names) {
        const std::string shown = folder.shown("pins/" + name);
        auto fd = fs::open_read(pins.get(), name, shown);
        if (!fd && fd.error().sys_errno == ENOENT) continue;
        if (!fd) return std::unexpected(std::move(fd).error());
        const fs::LockWait left = waiter.left();
        // A shared lock does not keep a second collector's look at it from succeeding.
        HOLT_TRY(fs::FileLock::acquire_open(
            *std::move(fd), shown,
            {.mode = fs::LockMode::shared, .timeout = left.timeout, .cancel = left.cancel}));
    }
    return {};
}

Result<std::vector<std::string>> Pin::holders(const StoreFolder& folder) {
    return holders(folder.fd(), folder.path());
}

Result<std::vector<std::string>> Pin::holders(int store, const std::string& shown_store) {
    const std::string shown = shown_store + "/pins";
    std::vector<std::string> holders;
    const Result<UniqueFd> pins = fs::open_subfolder(store, "pins", shown);
    if (!pins && pins.error().sys_errno == ENOENT) return holders;
    if (!pins) return std::unexpected(pins.error());
    HOLT_TRY_LET(names, fs::list_names(pins->get(), shown));
    const std::string ours = "pid " + std::to_string(current_process());
    for (const std::string& name : names) {
        const std::string pin = shown + "/" + name;
        // A pin that goes meanwhile is no holder; one that cannot be read cannot be named.
        Result<UniqueFd> fd = fs::open_read(pins->get(), name, pin);
        if (!fd) continue;
        const std::string holder = fs::lock_holder(fd->get());
        HOLT_TRY_LET(free,
                     fs::FileLock::try_acquire_open(*std::move(fd), pin, fs::LockMode::shared));
        if (free || holder.empty()) continue;
        if (holder == ours || holder.starts_with(ours + " ")) continue;
        holders.push_back(holder);
    }
    return holders;
}

}  // namespace holt::store
