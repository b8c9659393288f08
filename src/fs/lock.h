// Locks between processes, held by the kernel.
//
// flock(2) on a file: gone with the process however it ends, so no lock ever has to be removed by
// hand and no clock decides anything. The holder writes its pid and command into the file
// (exclusive locks only); whoever waits in vain is told them, from there or from /proc/locks. A
// lock file may be unlinked by its holder: whoever had opened the old one notices and opens the new
// one. After fork() the child's copy never unlocks what its parent holds. Thread rule: a value; one
// thread at a time. Two locks in one process exclude each other as two processes do.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/cancel.h"
#include "base/error.h"
#include "base/unique_fd.h"

namespace holt::fs {

enum class LockMode : std::uint8_t { shared, exclusive };

/// How long to wait for others, and whose wish to stop is heard meanwhile.
struct LockWait {
    LockWait() noexcept = default;
    LockWait(std::chrono::milliseconds timeout_in, const Cancel* cancel_in = nullptr) noexcept
        : timeout(timeout_in), cancel(cancel_in) {}

    std::chrono::milliseconds timeout{0};  ///< zero: one attempt
    const Cancel* cancel = nullptr;
};

/// The pauses between the attempts to get a lock: short at first, for locks that are held for
/// moments. Thread rule: a value.
class LockWaiter {
  public:
    enum class Verdict : std::uint8_t { again, timed_out, cancelled };

    explicit LockWaiter(const LockWait& wait) noexcept
        : wait_(wait), deadline_(Clock::now() + wait.timeout) {}
    /// Sleeps after an attempt in vain. Anything but `again`: give up.
    Verdict pause();
    /// What is left of the time, for a wait within this one.
    LockWait left() const noexcept;

  private:
    using Clock = std::chrono::steady_clock;

    LockWait wait_;
    Clock::time_point deadline_;
    std::chrono::milliseconds pause_{1};
};

/// ErrorKind::cancelled, while waiting for a lock.
std::unexpected<Error> cancelled_waiting(std::string_view shown);

struct LockRequest {
    LockMode mode = LockMode::exclusive;
    /// How long to try before ErrorKind::busy; zero: one attempt.
    std::chrono::milliseconds timeout{0};
    const Cancel* cancel = nullptr;  ///< polled while waiting: ErrorKind::cancelled
};

class FileLock {
  public:
    /// Locks the file `name` below `dir`, created if need be (mode 0666 less umask).
    static Result<FileLock> acquire(int dir, const std::string& name, std::string_view shown,
                                    const LockRequest& request);
    /// A shared lock on a file that exists, without writing anything: for a read-only store.
    static Result<FileLock> acquire_read_only(int dir, const std::string& name,
                                              std::string_view shown, const LockRequest& request);
    /// Locks an open file or folder. The descriptor is taken over. Writes nothing into it.
    static Result<FileLock> acquire_open(UniqueFd fd, std::string_view shown,
                                         const LockRequest& request);
    /// As acquire with no waiting, but "held by someone else" is nothing rather than an error.
    static Result<std::optional<FileLock>> try_acquire(int dir, const std::string& name,
                                                       std::string_view shown, LockMode mode);
    /// The same on an open file or folder; the descriptor is taken over.
    static Result<std::optional<FileLock>> try_acquire_open(UniqueFd fd, std::string_view shown,
                                                            LockMode mode);

    FileLock() noexcept = default;
    FileLock(FileLock&& other) noexcept;
    FileLock& operator=(FileLock&& other) noexcept;
    ~FileLock();

    bool held() const noexcept { return static_cast<bool>(fd_); }
    int fd() const noexcept { return fd_.get(); }
    LockMode mode() const noexcept { return mode_; }
    /// Unlocks now.
    void release() noexcept;
    /// Unlinks the lock file `name` below `dir` while still holding it, then unlocks: pins.
    Status remove_and_release(int dir, const std::string& name, std::string_view shown);

  private:
    FileLock(UniqueFd fd, LockMode mode) noexcept;
    template <class Open, class Valid>
    static Result<FileLock> wait_for(Open open, Valid valid, std::string_view shown,
                                     const LockRequest& request);

    UniqueFd fd_;
    int owner_pid_ = 0;
    LockMode mode_ = LockMode::shared;
    bool wrote_holder_ = false;
};

/// "pid 4711 (holt snapshot /srv)" of whoever holds a lock on this open file, as far as can be
/// told.
std::string lock_holder(int fd);

/// "pid 4711 (holt snapshot /srv)".
std::string describe_process(std::string_view pid);

}  // namespace holt::fs
