// A pin: while a process writes to the store it holds a locked file under pins/, so that garbage
// collection leaves alone what it is about to refer to (SAFETY, commit order 1). The kernel drops
// the lock when the process dies; a pin whose lock can be taken is dead and is swept by the next
// writer. Thread rule: a value; one thread at a time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "fs/lock.h"
#include "store/disk/store_folder.h"

namespace holt::store {

class Pin {
  public:
    /// Waits for a repair to end. Also sweeps what the dead left: their pins, and their temporaries
    /// under tmp/.
    static Result<Pin> hold(const StoreFolder& folder, const fs::LockWait& wait);
    /// For a small note in the catalog, which is not worth a pin: keeps a repair away. Nothing when
    /// one is at work.
    static Result<std::optional<fs::FileLock>> keep_repair_away(const StoreFolder& folder);
    /// Keeps every pin from being held while the lock lives: for repair, which replaces the
    /// catalog. Waits for writers to end.
    static Result<fs::FileLock> exclude_writers(const StoreFolder& folder,
                                                const fs::LockWait& wait);
    Pin(Pin&&) noexcept = default;
    Pin& operator=(Pin&&) noexcept;
    ~Pin();

    /// Names of the pins that are there now, this one left out; each may be dead.
    Result<std::vector<std::string>> others(const StoreFolder& folder) const;
    /// Waits until each of these is gone or dead. `busy` names the process of one that is not.
    static Status wait_for(const StoreFolder& folder, const std::vector<std::string>& names,
                           const fs::LockWait& wait);

    /// "pid 123 (holt snapshot /x)" of each process that holds a pin now, ours left out.
    static Result<std::vector<std::string>> holders(const StoreFolder& folder);
    /// The same, of the store that the descriptor `store` is open on, called `shown`.
    static Result<std::vector<std::string>> holders(int store, const std::string& shown);

  private:
    Pin(UniqueFd folder, fs::FileLock writers, std::string name, std::string shown,
        fs::FileLock lock) noexcept;
    void drop() noexcept;

    UniqueFd folder_;  // pins/
    int process_ = 0;  // a forked child leaves its parent's pin alone
    std::string name_, shown_;
    fs::FileLock writers_;  // shared, on the folder pins/: exclude_writers takes it exclusively
    fs::FileLock lock_;
};

}  // namespace holt::store
