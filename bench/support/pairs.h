// Two pieces of work timed in turns, in one process on one core: ratios of paired runs.
// Thread rule: free functions.
#pragma once

#include <sched.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <vector>

namespace holt::bench {

/// The numbers of a list with commas.
inline std::vector<int> numbers(const char* list) {
    std::vector<int> values;
    for (const char* at = list; *at != '\0';) {
        char* end = nullptr;
        values.push_back(static_cast<int>(std::strtol(at, &end, 10)));
        if (end == at) break;
        at = *end == ',' ? end + 1 : end;
    }
    return values;
}

/// Keeps this thread on the core where it is.
inline void stay_on_core() {
    cpu_set_t core;
    CPU_ZERO(&core);
    CPU_SET(std::max(0, sched_getcpu()), &core);
    sched_setaffinity(0, sizeof core, &core);
}

template <class Run>
double seconds(clockid_t clock, int times, const Run& run) {
    const auto now = [clock] {
        timespec time{};
        clock_gettime(clock, &time);
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
    };
    const double begin = now();
    for (int i = 0; i < times; ++i) run();
    return now() - begin;
}

struct Outcome {
    double median = 0, least = 0, greatest = 0;  ///< of theirs / ours: above 1 we are faster
    double ours = 1e9, theirs = 1e9;             ///< best times, in seconds
};

/// `clock`: CLOCK_THREAD_CPUTIME_ID where other work on the machine must not count.
template <class Ours, class Theirs>
Outcome compare(int runs, clockid_t clock, const Ours& ours, const Theirs& theirs) {
    // A run is some 10 ms long at least, so that the clock's grain does not matter.
    const double once = std::min(seconds(clock, 1, ours), seconds(clock, 1, theirs));
    const int times = std::max(1, static_cast<int>(0.01 / std::max(once, 1e-7)));
    Outcome outcome;
    std::vector<double> ratios;
    for (int run = 0; run < runs; ++run) {
        double mine = 0;
        if (run % 2 == 0) mine = seconds(clock, times, ours) / times;
        const double other = seconds(clock, times, theirs) / times;
        if (run % 2 == 1) mine = seconds(clock, times, ours) / times;
        ratios.push_back(other / mine);
        outcome.ours = std::min(outcome.ours, mine);
        outcome.theirs = std::min(outcome.theirs, other);
    }
    std::ranges::sort(ratios);
    outcome.median = ratios[ratios.size() / 2];
    outcome.least = ratios.front();
    outcome.greatest = ratios.back();
    return outcome;
}

}  // namespace holt::bench
