#include "store/operation/profile.h"

#include <algorithm>
#include <functional>
#include <string_view>

namespace holt::store {
namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(Stage::count_)> kStageNames = {
    "find", "scan",   "read",  "hash",  "look up", "compress", "append", "commit",
    "plan", "decode", "check", "write", "link",    "mend",     "publish"};
constexpr std::array<std::string_view, static_cast<std::size_t>(Event::count_)> kEventNames = {
    "blocks wanted", "blocks decoded"};

thread_local Lap* t_lap = nullptr;  // the innermost one that runs

std::int64_t nanoseconds(Profile::Clock::duration time) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(time).count();
}

}  // namespace

Profile::Profile(Observer& observer) : observer_(observer), start_(Clock::now()) {
    if (observer.wants_timings()) calls_.emplace();
}

Profile::~Profile() {
    if (!on()) return;
    const Timings measured = timings();
    if (!measured.stages.empty()) observer_.timings(measured);
}

Timings Profile::timings() const {
    Timings all{.elapsed = Clock::now() - start_};
    for (std::size_t i = 0; i < sums_.size(); ++i) {
        const std::uint64_t times = sums_[i].times.load(std::memory_order_relaxed);
        if (times == 0) continue;
        const std::chrono::nanoseconds total(sums_[i].ns.load(std::memory_order_relaxed));
        all.stages.push_back({.name = kStageNames[i], .times = times, .total = total});
    }
    for (std::size_t i = 0; i < events_.size(); ++i) {
        const std::uint64_t value = events_[i].load(std::memory_order_relaxed);
        if (value > 0) all.caches.push_back({.name = kEventNames[i], .value = value});
    }
    const auto calls = calls_->calls();
    for (std::size_t i = 0; i < calls.size(); ++i) {
        if (calls[i] == 0) continue;
        all.system_calls.push_back({.name = fs::name(static_cast<fs::Call>(i)), .value = calls[i]});
    }
    std::ranges::stable_sort(all.system_calls, std::greater{}, &Timings::Count::value);
    return all;
}

void Lap::begin(Profile& profile, Stage stage) noexcept {
    sum_ = &profile.sums_[static_cast<std::size_t>(stage)];
    sum_->times.fetch_add(1, std::memory_order_relaxed);
    start_ = Profile::Clock::now();
    outer_ = t_lap;
    t_lap = this;
    if (outer_ != nullptr)
        outer_->sum_->ns.fetch_add(nanoseconds(start_ - outer_->start_), std::memory_order_relaxed);
}

void Lap::end() noexcept {
    const auto now = Profile::Clock::now();
    sum_->ns.fetch_add(nanoseconds(now - start_), std::memory_order_relaxed);
    t_lap = outer_;
    if (outer_ != nullptr) outer_->start_ = now;
}

}  // namespace holt::store
