#include "fs/fault.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <tuple>

namespace holt::fs {
namespace {

std::string_view base_name(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

constexpr std::array<std::string_view, kCallKinds> kNames = {
    "any",         "open",  "read",   "pread",    "write",    "pwrite",   "stat",
    "getdents",    "mkdir", "unlink", "rmdir",    "rename",   "link",     "symlink",
    "readlink",    "mknod", "chmod",  "chown",    "utimens",  "getxattr", "setxattr",
    "removexattr", "fsync", "syncfs", "truncate", "allocate", "seek",     "copy_range",
    "clone",       "lock",  "advise", "statfs",   "mmap",     "ioctl"};

bool matches(const Fault& fault, Call call, const Where& where) {
    if (fault.call != Call::any && fault.call != call) return false;
    if (fault.at.empty() || fault.at == base_name(where.file_name())) return true;
    if (fault.at.find(':') != std::string::npos && fault.at == site(where)) return true;
    return std::string_view(where.function_name()).find(fault.at) != std::string_view::npos;
}

[[noreturn]] void die() {
    ::kill(::getpid(), SIGKILL);
    for (;;) ::pause();  // the signal may take another thread first
}

}  // namespace

struct ScopedFaultPlan::Impl {
    struct Armed {
        Fault fault;
        std::uint64_t seen = 0;  // calls that matched so far
    };
    using SiteKey = std::tuple<std::string_view, unsigned, Call, std::string_view>;

    std::vector<Armed> faults;
    std::array<std::uint64_t, kCallKinds> calls{};
    std::uint64_t struck = 0;
    std::map<SiteKey, std::uint64_t> sites;
    std::vector<SeenCall> sequence;

    fault_detail::Verdict judge(Call call, const Where& where);
};

namespace {

// One lock for all of it: speed does not matter while calls are being broken.
std::mutex g_mutex;
std::vector<ScopedFaultPlan::Impl*> g_plans;
std::atomic<int> g_plan_count{0};

// Calls since the process began, but only while someone counts.
std::array<std::atomic<std::uint64_t>, kCallKinds> g_calls{};

std::array<std::uint64_t, kCallKinds> calls_so_far() {
    std::array<std::uint64_t, kCallKinds> calls;
    for (std::size_t i = 0; i < kCallKinds; ++i)
        calls[i] = g_calls[i].load(std::memory_order_relaxed);
    return calls;
}

}  // namespace

fault_detail::Verdict ScopedFaultPlan::Impl::judge(Call call, const Where& where) {
    ++calls[static_cast<std::size_t>(Call::any)];
    ++calls[static_cast<std::size_t>(call)];
    sequence.push_back({call, base_name(where.file_name()), where.line()});
    ++sites[{base_name(where.file_name()), where.line(), call, where.function_name()}];
    fault_detail::Verdict verdict;
    bool decided = false;
    for (Armed& armed : faults) {
        const Fault& fault = armed.fault;
        if (!matches(fault, call, where)) continue;
        ++armed.seen;  // counted also when an earlier fault strikes: n stays what the user means
        const bool due =
            fault.repeat == Fault::Repeat::once ? armed.seen == fault.nth : armed.seen >= fault.nth;
        if (!due || decided) continue;
        decided = true;
        ++struck;
        switch (fault.action) {
            case Fault::Action::error:
                verdict.err = fault.err;
                break;
            case Fault::Action::short_count:
                verdict.count = std::max<std::size_t>(fault.count, 1);
                break;
            case Fault::Action::kill:
                die();
        }
    }
    return verdict;
}

fault_detail::Verdict fault_detail::judge(Call call, const Where& where) {
    g_calls[static_cast<std::size_t>(call)].fetch_add(1, std::memory_order_relaxed);
    if (g_plan_count.load(std::memory_order_relaxed) == 0) return {};
    const std::lock_guard lock(g_mutex);
    return g_plans.empty() ? Verdict{} : g_plans.back()->judge(call, where);
}

std::string_view name(Call call) noexcept {
    const auto index = static_cast<std::size_t>(call);
    return index < kNames.size() ? kNames[index] : "unknown";
}

std::string site(const Where& where) {
    return std::string(base_name(where.file_name())) + ":" + std::to_string(where.line());
}

ScopedFaultPlan::ScopedFaultPlan(std::vector<Fault> faults) : impl_(std::make_unique<Impl>()) {
    for (Fault& fault : faults) impl_->faults.push_back({std::move(fault)});
    const std::lock_guard lock(g_mutex);
    g_plans.push_back(impl_.get());
    g_plan_count.fetch_add(1, std::memory_order_relaxed);
    fault_detail::armed.fetch_add(1, std::memory_order_relaxed);
}

ScopedFaultPlan::~ScopedFaultPlan() {
    const std::lock_guard lock(g_mutex);
    std::erase(g_plans, impl_.get());
    g_plan_count.fetch_sub(1, std::memory_order_relaxed);
    fault_detail::armed.fetch_sub(1, std::memory_order_relaxed);
}

std::uint64_t ScopedFaultPlan::calls(Call call) const {
    const std::lock_guard lock(g_mutex);
    return impl_->calls[static_cast<std::size_t>(call)];
}

std::uint64_t ScopedFaultPlan::struck() const {
    const std::lock_guard lock(g_mutex);
    return impl_->struck;
}

std::vector<SeenSite> ScopedFaultPlan::sites() const {
    const std::lock_guard lock(g_mutex);
    std::vector<SeenSite> seen;
    for (const auto& [key, calls] : impl_->sites) {
        const auto& [file, line, call, function] = key;
        seen.push_back({.call = call,
                        .site = std::string(file) + ":" + std::to_string(line),
                        .function = std::string(function),
                        .calls = calls});
    }
    return seen;
}

std::vector<SeenCall> ScopedFaultPlan::sequence() const {
    const std::lock_guard lock(g_mutex);
    return impl_->sequence;
}

ScopedCallCount::ScopedCallCount() : before_(calls_so_far()) {
    fault_detail::armed.fetch_add(1, std::memory_order_relaxed);
}

ScopedCallCount::~ScopedCallCount() {
    fault_detail::armed.fetch_sub(1, std::memory_order_relaxed);
}

std::array<std::uint64_t, kCallKinds> ScopedCallCount::calls() const {
    std::array<std::uint64_t, kCallKinds> calls = calls_so_far();
    for (std::size_t i = 0; i < kCallKinds; ++i) calls[i] -= before_[i];
    return calls;
}

}  // namespace holt::fs
