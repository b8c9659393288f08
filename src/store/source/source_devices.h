// The file systems that a source lies on: usually one, or several where others are mounted below.
// Of each: its clock, how long what is seen there holds, and a way to sync it.
// Thread rule: of() and sync_if_quiet() from one thread; a device's clock from any.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "fs/file_clock.h"
#include "store/disk/store_folder.h"

namespace holt::store {

struct SourceDevice {
    std::uint64_t dev = 0;
    UniqueFd folder;  ///< one that lies on it
    fs::FileClock clock;
    std::string life;  ///< fs::mount_life
    bool synced = false;
};

class SourceDevices {
  public:
    /// `others`: open folders, of this process, in which files without names may be made to read
    /// the clock where the source does not allow that. They must stay open.
    explicit SourceDevices(std::vector<int> others = {}) : others_(std::move(others)) {}

    /// That of an open folder on device `dev`. Stays where it is.
    Result<SourceDevice*> of(int folder, std::uint64_t dev, const std::string& shown);
    /// Syncs each where that costs little (fs::sync_if_quiet), and marks it. True when there is
    /// one.
    bool sync_if_quiet();
    /// True when what was seen under `life` was synced since.
    bool is_synced(std::string_view life) const;

  private:
    std::vector<int> others_;
    std::deque<SourceDevice> devices_;
    SourceDevice* last_ = nullptr;
};

}  // namespace holt::store
