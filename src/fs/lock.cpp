#include "fs/lock.h"

#include <sys/file.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <thread>
#include <utility>
#include <vector>

#include "fs/file.h"
#include "fs/paths.h"
#include "fs/sys.h"

namespace holt::fs {
namespace {

constexpr std::size_t kLongestCommand = 200;
constexpr std::size_t kLargestLockTable = 16 << 20;

// A commit holds its lock for some 10 ms: longer pauses would waste turns.
constexpr std::chrono::milliseconds kLongestPause{20};

// The command line of a process, its arguments with spaces between; "" when it cannot be read.
std::string command_of(std::string_view pid) {
    const std::string path = "/proc/" + std::string(pid) + "/cmdline";
    const auto raw = read_file(kWorkingFolder, path, 1 << 20, path);
    if (!raw) return {};
    std::string command(as_text(*raw).substr(0, kLongestCommand));
    while (!command.empty() && command.back() == '\0') command.pop_back();
    std::ranges::replace(command, '\0', ' ');
    return printable(command);
}

std::string describe(std::string_view pid, const std::string& command) {
    return "pid " + std::string(pid) + (command.empty() ? "" : " (" + command + ")");
}

// Fields of a line of /proc/locks: "1: FLOCK  ADVISORY  WRITE 4711 08:01:1234 0 EOF".
std::vector<std::string_view> fields(std::string_view line) {
    std::vector<std::string_view> found;
    while (!line.empty()) {
        const std::size_t begin = std::min(line.find_first_not_of(' '), line.size());
        line.remove_prefix(begin);
        const std::size_t end = std::min(line.find(' '), line.size());
        if (end > 0) found.push_back(line.substr(0, end));
        line.remove_prefix(end);
    }
    return found;
}

// The pid that /proc/locks gives for a flock on this inode; "" when there is none.
std::string pid_in_lock_table(const FileStat& stat) {
    char inode[64];
    std::snprintf(inode, sizeof inode, "%02x:%02x:%llu", major(stat.dev), minor(stat.dev),
                  static_cast<unsigned long long>(stat.ino));
    const auto table = read_file(kWorkingFolder, "/proc/locks", kLargestLockTable, "/proc/locks");
    if (!table) return {};
    for (std::string_view rest = as_text(*table); !rest.empty();) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        const auto line = fields(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        // A waiter's line has "->" in second place, and so one field more.
        if (line.size() < 6 || line[1] != "FLOCK" || line[5] != inode) continue;
        if (line[4] != "0" && !line[4].starts_with('-')) return std::string(line[4]);
    }
    return {};
}

// Whether `fd` is still what `name` means: its holder may have unlinked it while we waited.
Result<bool> is_named(int fd, int dir, const std::string& name, std::string_view shown) {
    HOLT_TRY_LET(ours, stat_fd(fd, shown));
    const auto named = stat_at(dir, name, shown);
    if (!named && named.error().sys_errno == ENOENT) return false;
    if (!named) return std::unexpected(named.error());
    return named->dev == ours.dev && named->ino == ours.ino;
}

// Says in the file who holds it. Failing (a full disk) is no reason not to work: /proc/locks knows.
void write_holder(int fd) {
    const std::string pid = std::to_string(::getpid());
    const std::string text = pid + " " + command_of("self") + "\n";
    if (sys::ftruncate(fd, 0) == 0) (void)sys::pwrite(fd, text.data(), text.size(), 0);
}

std::unexpected<Error> busy(int fd, std::string_view shown) {
    const std::string holder = lock_holder(fd);
    return fail(ErrorKind::busy, "lock", std::string(shown),
                holder.empty() ? "another process holds it" : "held by " + holder,
                Advice::wait_longer);
}

}  // namespace

LockWaiter::Verdict LockWaiter::pause() {
    if (wait_.cancel != nullptr && wait_.cancel->requested()) return Verdict::cancelled;
    const auto left = deadline_ - Clock::now();
    if (left <= Clock::duration::zero()) return Verdict::timed_out;
    std::this_thread::sleep_for(std::min<Clock::duration>(pause_, left));
    pause_ = std::min(pause_ * 2, kLongestPause);
    return Verdict::again;
}

LockWait LockWaiter::left() const noexcept {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now());
    return {std::max(left, std::chrono::milliseconds{0}), wait_.cancel};
}

std::unexpected<Error> cancelled_waiting(std::string_view shown) {
    return fail(ErrorKind::cancelled, "lock", std::string(shown), "cancelled while waiting for it");
}

std::string describe_process(std::string_view pid) {
    return describe(pid, command_of(pid));
}

std::string lock_holder(int fd) {
    const auto stat = stat_fd(fd, "lock");
    if (!stat) return {};
    if (const std::string pid = pid_in_lock_table(*stat); !pid.empty())
        return describe_process(pid);
    // Another machine, or another container: what the holder wrote.
    std::uint8_t text[kLongestCommand * 4 + 32];
    const auto got = pread_full(fd, text, 0, "lock");
    if (!got || *got == 0) return {};
    std::string_view line = as_text({text, *got});
    line = line.substr(0, line.find('\n'));
    const std::size_t space = std::min(line.find(' '), line.size());
    const std::string_view pid = line.substr(0, space);
    if (pid.empty() || pid.find_first_not_of("0123456789") != std::string_view::npos) return {};
    return describe(pid, std::string(line.substr(std::min(space + 1, line.size()))));
}

// How a lock is waited for. `open` gives a descriptor, `valid` says whether it is still the right
// file once it is locked.
template <class Open, class Valid>
Result<FileLock> FileLock::wait_for(Open open, Valid valid, std::string_view shown,
                                    const LockRequest& request) {
    LockWaiter waiter({request.timeout, request.cancel});
    const int operation = (request.mode == LockMode::exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB;
    HOLT_TRY_LET(fd, open());
    for (;;) {
        const int r = sys::flock(fd.get(), operation);
        if (r == 0) {
            HOLT_TRY_LET(right, valid(fd.get()));
            if (right) return FileLock(std::move(fd), request.mode);
            HOLT_TRY_LET(again, open());
            fd = std::move(again);
            continue;
        }
        if (r != -EWOULDBLOCK) return fail_errno(-r, "lock", std::string(shown));
        switch (waiter.pause()) {
            case LockWaiter::Verdict::again:
                break;
            case LockWaiter::Verdict::timed_out:
                return busy(fd.get(), shown);
            case LockWaiter::Verdict::cancelled:
                return cancelled_waiting(shown);
        }
    }
}

Result<FileLock> FileLock::acquire(int dir, const std::string& name, std::string_view shown,
                                   const LockRequest& request) {
    auto lock = wait_for([&] { return open_or_create(dir, name, 0666, shown); },
                         [&](int fd) { return is_named(fd, dir, name, shown); }, shown, request);
    if (lock && request.mode == LockMode::exclusive) {
        write_holder(lock->fd());
        lock->wrote_holder_ = true;
    }
    return lock;
}

Result<FileLock> FileLock::acquire_read_only(int dir, const std::string& name,
                                             std::string_view shown, const LockRequest& request) {
    LockRequest shared = request;
    shared.mode = LockMode::shared;
    return wait_for([&] { return open_read(dir, name, shown); },
                    [&](int fd) { return is_named(fd, dir, name, shown); }, shown, shared);
}

Result<FileLock> FileLock::acquire_open(UniqueFd fd, std::string_view shown,
                                        const LockRequest& request) {
    return wait_for([&]() -> Result<UniqueFd> { return std::move(fd); },
                    [](int) -> Result<bool> { return true; }, shown, request);
}

namespace {

Result<std::optional<FileLock>> nothing_if_busy(Result<FileLock> lock) {
    if (lock) return std::optional<FileLock>(*std::move(lock));
    if (lock.error().kind == ErrorKind::busy) return std::optional<FileLock>();
    return std::unexpected(std::move(lock).error());
}

}  // namespace

Result<std::optional<FileLock>> FileLock::try_acquire(int dir, const std::string& name,
                                                      std::string_view shown, LockMode mode) {
    return nothing_if_busy(acquire(dir, name, shown, {.mode = mode}));
}

Result<std::optional<FileLock>> FileLock::try_acquire_open(UniqueFd fd, std::string_view shown,
                                                           LockMode mode) {
    return nothing_if_busy(acquire_open(std::move(fd), shown, {.mode = mode}));
}

FileLock::FileLock(UniqueFd fd, LockMode mode) noexcept
    : fd_(std::move(fd)), owner_pid_(::getpid()), mode_(mode) {}

FileLock::FileLock(FileLock&& other) noexcept
    : fd_(std::move(other.fd_)),
      owner_pid_(other.owner_pid_),
      mode_(other.mode_),
      wrote_holder_(other.wrote_holder_) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
    if (this == &other) return *this;
    release();
    fd_ = std::move(other.fd_);
    owner_pid_ = other.owner_pid_;
    mode_ = other.mode_;
    wrote_holder_ = other.wrote_holder_;
    return *this;
}

FileLock::~FileLock() {
    release();
}

void FileLock::release() noexcept {
    // Closing alone would leave the lock with a child that was forked meanwhile; and in that child
    // an unlock would take it from its parent.
    if (fd_ && owner_pid_ == ::getpid()) {
        if (wrote_holder_) (void)sys::ftruncate(fd_.get(), 0);
        (void)sys::flock(fd_.get(), LOCK_UN);
    }
    fd_.reset();
}

Status FileLock::remove_and_release(int dir, const std::string& name, std::string_view shown) {
    auto removed = unlink_file(dir, name, shown);
    release();
    HOLT_TRY(std::move(removed));
    return {};
}

}  // namespace holt::fs
