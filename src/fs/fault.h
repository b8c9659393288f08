// Counting and breaking system calls on purpose: what every reliability test drives.
//
// While no plan is installed a system call costs one relaxed atomic load more. While one is, each
// call is counted, its call site is remembered, and the first fault that matches decides: fail with
// an errno, transfer fewer bytes, or die by SIGKILL before the call is made. The order of calls of
// one thread is deterministic, so "kill before call k, for every k" visits every state that a crash
// can leave. Thread rule: every function may be called from any thread; plans nest, the innermost
// one is asked; install and remove them from one thread.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

namespace holt::fs {

/// The kinds of system calls, as they are counted and matched.
enum class Call : std::uint8_t {
    any,  ///< in a Fault: matches every kind; never counted itself
    open,
    read,
    pread,
    write,
    pwrite,
    stat,
    getdents,
    mkdir,
    unlink,
    rmdir,
    rename,
    link,
    symlink,
    readlink,
    mknod,
    chmod,
    chown,
    utimens,
    getxattr,
    setxattr,
    removexattr,
    fsync,
    syncfs,
    truncate,
    allocate,
    seek,
    copy_range,
    clone,
    lock,
    advise,
    statfs,
    mmap,
    ioctl,
    count_  ///< how many there are
};
inline constexpr std::size_t kCallKinds = static_cast<std::size_t>(Call::count_);

/// "open", "fsync", ...
std::string_view name(Call call) noexcept;

/// Where a call is made. `site()` of it is "atomic_file.cpp:57".
using Where = std::source_location;
std::string site(const Where& where);

struct Fault {
    enum class Action : std::uint8_t {
        error,        ///< return -err without making the call
        short_count,  ///< reads and writes: at most `count` bytes (at least 1); others: no effect
        kill          ///< SIGKILL to this process, before the call
    };
    enum class Repeat : std::uint8_t { once, for_ever };

    Call call = Call::any;  ///< which kind
    std::string
        at{};  ///< which call site: "file.cpp:12", "file.cpp", or a function's name; empty: any
    std::uint64_t nth = 1;  ///< the n-th call that matches (from 1), and with for_ever all after it
    Repeat repeat = Repeat::once;
    Action action = Action::error;
    int err = 5;  ///< EIO. EINTR is retried inside the wrapper, as the real one is: invisible.
    std::size_t count = 1;
};

/// A call site that was seen under a plan.
struct SeenSite {
    Call call;
    std::string site;      ///< "file.cpp:12"
    std::string function;  ///< as the compiler prints it
    std::uint64_t calls;
};

/// One call that was seen under a plan.
struct SeenCall {
    Call call;
    std::string_view file;  ///< "file.cpp"; lives for ever
    unsigned line = 0;
};

/// Installs faults (none: only counts) for its lifetime.
class ScopedFaultPlan {
  public:
    explicit ScopedFaultPlan(std::vector<Fault> faults = {});
    ~ScopedFaultPlan();
    ScopedFaultPlan(const ScopedFaultPlan&) = delete;
    ScopedFaultPlan& operator=(const ScopedFaultPlan&) = delete;

    /// Calls made under this plan so far: all, or of one kind. The number of a call in the total,
    /// from 1, is what Fault::nth of a Call::any fault means.
    std::uint64_t calls(Call call = Call::any) const;
    /// How often a fault of this plan struck.
    std::uint64_t struck() const;
    /// Every call site seen, in order of file and line.
    std::vector<SeenSite> sites() const;
    /// Every call, in the order in which they came: to prove what stands before what.
    std::vector<SeenCall> sequence() const;

    struct Impl;

  private:
    std::unique_ptr<Impl> impl_;
};

/// Counts the system calls of the whole process for its lifetime, without remembering where they
/// were made: cheap enough for a user's `--timings`. Several may be counting at once.
class ScopedCallCount {
  public:
    ScopedCallCount();
    ~ScopedCallCount();
    ScopedCallCount(const ScopedCallCount&) = delete;
    ScopedCallCount& operator=(const ScopedCallCount&) = delete;

    /// Calls of each kind since it was made, indexed by Call.
    std::array<std::uint64_t, kCallKinds> calls() const;

  private:
    std::array<std::uint64_t, kCallKinds> before_;
};

// What sys.cpp asks.
namespace fault_detail {

/// How many plans and counters are installed.
inline std::atomic<int> armed{0};

struct Verdict {
    int err = 0;                   ///< fail with this, or 0
    std::size_t count = SIZE_MAX;  ///< transfer at most so many bytes
};
/// Counts a call under the innermost plan and decides. Does not return from a kill.
Verdict judge(Call call, const Where& where);

}  // namespace fault_detail

}  // namespace holt::fs
