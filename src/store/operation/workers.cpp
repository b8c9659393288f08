#include "store/operation/workers.h"

#include <tbb/info.h>

#include <algorithm>
#include <cstdint>

#include "fs/machine/machine.h"

namespace holt::store {
namespace {

constexpr std::uint64_t kMiB = 1u << 20;
constexpr std::uint64_t kMostMemory = 256 * kMiB, kBase = 63 * kMiB, kEachThread = 13 * kMiB;

}  // namespace

unsigned worker_threads(unsigned asked) {
    const fs::Machine machine = fs::look_at_machine();
    const std::uint64_t memory = std::min(kMostMemory, machine.memory / 2);
    const std::uint64_t fit = memory > kBase ? (memory - kBase) / kEachThread : 1;
    // oneTBB has no more threads than this, and says so aloud when an arena asks for them.
    const auto most = static_cast<std::uint64_t>(tbb::info::default_concurrency());
    const std::uint64_t wanted =
        std::min<std::uint64_t>(asked != 0 ? asked : machine.processors, most);
    return static_cast<unsigned>(
        std::clamp<std::uint64_t>(wanted, 1, std::max<std::uint64_t>(fit, 1)));
}

Workers::Workers(unsigned asked)
    : threads_(worker_threads(asked)), arena_(static_cast<int>(threads_)) {}

}  // namespace holt::store
