#include "store/source/source_devices.h"

#include <algorithm>
#include <utility>

#include "fs/file.h"
#include "fs/mount/mount_life.h"

namespace holt::store {

Result<SourceDevice*> SourceDevices::of(int folder, std::uint64_t dev, const std::string& shown) {
    if (last_ != nullptr && last_->dev == dev) return last_;
    const auto known = std::ranges::find(devices_, dev, &SourceDevice::dev);
    if (known != devices_.end()) return last_ = &*known;
    HOLT_TRY_LET(kept, fs::duplicate(folder, shown));
    devices_.push_back({.dev = dev,
                        .folder = std::move(kept),
                        .clock = fs::FileClock::of(folder, others_),
                        .life = fs::mount_life(folder)});
    return last_ = &devices_.back();
}

bool SourceDevices::sync_if_quiet() {
    for (SourceDevice& device : devices_)
        device.synced = fs::sync_if_quiet(device.folder.get()) == fs::QuietSync::synced;
    return std::ranges::any_of(devices_, &SourceDevice::synced);
}

bool SourceDevices::is_synced(std::string_view life) const {
    return std::ranges::any_of(
        devices_, [&](const SourceDevice& device) { return device.synced && device.life == life; });
}

}  // namespace holt::store
