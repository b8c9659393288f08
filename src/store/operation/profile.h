// Measures where an operation's time goes, when its Observer wants to know; else it costs nothing.
//
//     const Lap lap(&profile, Stage::compress);     // until the end of the scope
//
// Laps nest: while an inner one runs, the outer one on the same thread stands still, so that the
// stages add up to the time that the threads were busy. Thread rule: laps and counts on any thread;
// the Profile outlives them all.
#pragma once

#include <holt/observer.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

#include "fs/fault.h"

namespace holt::store {

/// The kinds of work of all operations, in the order in which they are told.
enum class Stage : std::uint8_t {
    find,      ///< the snapshot and what it needs, in catalog and trees
    scan,      ///< list folders, compare with stat records
    read,      ///< file content from a folder on disk
    hash,      ///< digests of what was read
    look_up,   ///< new or known; gather new chunks into blocks
    compress,  ///< blocks
    append,    ///< to packs, and seal these
    commit,    ///< the catalog
    plan,      ///< what to write where; make folders
    decode,    ///< read and decompress blocks
    check,     ///< digests of what was stored
    write,     ///< files and their metadata
    link,      ///< symlinks and hard links
    mend,      ///< a space: compare it with the snapshot, write the difference
    publish,   ///< put the new tree in place
    count_
};

/// What is counted: blocks that content was wanted from, and how many of them had to be decoded.
enum class Event : std::uint8_t { block_wanted, block_decoded, count_ };

class Profile {
  public:
    using Clock = std::chrono::steady_clock;

    explicit Profile(Observer& observer);
    /// Tells the observer, if a stage was measured: an operation without stages has nothing to
    /// tell.
    ~Profile();
    Profile(const Profile&) = delete;
    Profile& operator=(const Profile&) = delete;

    bool on() const noexcept { return calls_.has_value(); }
    void count(Event event) noexcept {
        if (on()) events_[static_cast<std::size_t>(event)].fetch_add(1, std::memory_order_relaxed);
    }

  private:
    friend class Lap;
    struct Sum {
        std::atomic<std::uint64_t> times{0};
        std::atomic<std::int64_t> ns{0};
    };
    Timings timings() const;

    Observer& observer_;
    std::optional<fs::ScopedCallCount> calls_;
    Clock::time_point start_;
    std::array<Sum, static_cast<std::size_t>(Stage::count_)> sums_;
    std::array<std::atomic<std::uint64_t>, static_cast<std::size_t>(Event::count_)> events_{};
};

class Lap {
  public:
    /// Null measures nothing.
    Lap(Profile* profile, Stage stage) noexcept {
        if (profile != nullptr && profile->on()) begin(*profile, stage);
    }
    ~Lap() {
        if (sum_ != nullptr) end();
    }
    Lap(const Lap&) = delete;
    Lap& operator=(const Lap&) = delete;

  private:
    void begin(Profile& profile, Stage stage) noexcept;
    void end() noexcept;

    Profile::Sum* sum_ = nullptr;
    Lap* outer_ = nullptr;
    Profile::Clock::time_point start_{};
};

}  // namespace holt::store
