#include "fs/file_clock.h"

#include <linux/magic.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "fs/file.h"
#include "fs/random_name.h"
#include "fs/sys.h"

namespace holt::fs {
namespace {

constexpr std::int64_t kLongestTick = 2;  // seconds: FAT
constexpr std::int64_t kDay = 24 * 60 * 60;
constexpr unsigned kMode = 0600;

// File systems whose changes the kernel stamps with its own clock. Overlayfs takes that of its
// upper layer, which is a local file system.
constexpr std::array<std::uint32_t, 7> kStampedByKernel = {
    EXT4_SUPER_MAGIC,      XFS_SUPER_MAGIC,  BTRFS_SUPER_MAGIC, TMPFS_MAGIC,
    OVERLAYFS_SUPER_MAGIC, F2FS_SUPER_MAGIC, 0x2FC12FC1 /* zfs */};

std::uint32_t type_of(int folder) {
    struct statfs info;
    return sys::fstatfs(folder, &info) == 0 ? static_cast<std::uint32_t>(info.f_type) : 0;
}

std::optional<std::uint64_t> device_of(int folder) {
    const auto stat = stat_fd(folder, "");
    return stat ? std::optional(stat->dev) : std::nullopt;
}

Time earlier(Time time, std::int64_t seconds) noexcept {
    return {time.seconds - seconds, time.nanoseconds};
}

ClockReading nothing_known() {
    const auto now = std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::system_clock::now().time_since_epoch());
    const Time bound = earlier(time_of_ns(now.count()), kDay);
    return {.now = bound, .whole = bound, .moves = false};
}

// What a change of that file is stamped with.
std::optional<Time> touch(int file) {
    if (sys::fchmod(file, kMode) < 0) return std::nullopt;
    const auto stat = stat_fd(file, "");
    return stat ? std::optional(stat->ctime) : std::nullopt;
}

UniqueFd make_unnamed(int folder) {
    const int fd = sys::openat(folder, ".", O_TMPFILE | O_RDWR, kMode);
    return fd < 0 ? UniqueFd() : UniqueFd(fd);
}

// It has a name for a moment only.
UniqueFd make_named(int folder) {
    const std::string name = ".clock-" + random_hex(16);
    auto file = create_file(folder, name, kMode, "");
    if (!file) return {};
    (void)sys::unlinkat(folder, name.c_str());
    return *std::move(file);
}

FileClock::Source by_touching(UniqueFd file) {
    return [file = std::make_shared<const UniqueFd>(std::move(file))] {
        const auto now = touch(file->get());
        return now ? ClockReading{.now = *now, .whole = *now} : nothing_known();
    };
}

// The kernel's clock, and a file system that may keep whole seconds of it.
FileClock::Source by_kernel() {
    const int fd = sys::memory_file("holt-clock");
    if (fd < 0) return nothing_known;
    return [file = std::make_shared<const UniqueFd>(fd)] {
        const auto now = touch(file->get());
        return now ? ClockReading{.now = *now, .whole = earlier(*now, kLongestTick)}
                   : nothing_known();
    };
}

}  // namespace

bool ClockReading::is_past(Time ctime) const noexcept {
    return ctime < (ctime.nanoseconds == 0 ? whole : now);
}

FileClock::FileClock(Source source) : source_(std::move(source)), last_(source_()) {}
FileClock::FileClock(FileClock&& other) noexcept
    : source_(std::move(other.source_)), last_(other.last_) {}
FileClock::~FileClock() = default;

FileClock FileClock::of(int folder, std::span<const int> others) {
    const std::uint32_t type = type_of(folder);
    if (type != OVERLAYFS_SUPER_MAGIC)
        if (UniqueFd file = make_unnamed(folder)) return FileClock(by_touching(std::move(file)));
    for (const int other : others) {
        if (device_of(other) != device_of(folder)) continue;
        if (UniqueFd file = make_unnamed(other)) return FileClock(by_touching(std::move(file)));
    }
    if (std::ranges::find(kStampedByKernel, type) != kStampedByKernel.end())
        return FileClock(by_kernel());
    return FileClock(nothing_known);
}

FileClock FileClock::of_own(int folder) {
    if (UniqueFd file = make_unnamed(folder)) return FileClock(by_touching(std::move(file)));
    if (UniqueFd file = make_named(folder)) return FileClock(by_touching(std::move(file)));
    return FileClock(nothing_known);
}

ClockReading FileClock::last() const {
    const std::lock_guard lock(mutex_);
    return last_;
}

ClockReading FileClock::read() {
    const std::lock_guard lock(mutex_);
    last_ = source_();
    return last_;
}

bool FileClock::is_past(Time ctime) {
    return last().is_past(ctime) || read().is_past(ctime);
}

bool FileClock::wait_past(Time ctime) {
    // So often that a tick of 1 ms is not slept through; counted, as no clock is to be believed.
    constexpr int kNaps = 2500;
    constexpr std::chrono::milliseconds kNap{1};
    for (int i = 0; i < kNaps; ++i) {
        if (is_past(ctime)) return true;
        const ClockReading now = last();
        if (!now.moves || now.whole < earlier(ctime, 2 * kLongestTick)) return false;
        std::this_thread::sleep_for(kNap);
    }
    return false;
}

}  // namespace holt::fs
