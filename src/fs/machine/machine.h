// What this process may use of the machine it runs on: processors and memory.
//
// A container often sees all processors of its host and may use two of them. So the least of these
// counts: the processors that the affinity mask allows, those that are online, and what the CPU
// quota of the cgroup, or of one above it, comes to (cgroups version 1 and 2). Memory is limited by
// the cgroups alike. What cannot be read limits nothing. Thread rule: pure functions; a dozen small
// files of /proc and /sys are read at each call.
#pragma once

#include <cstdint>
#include <limits>
#include <string>

namespace holt::fs {

struct Machine {
    unsigned processors = 1;  ///< at least 1; a quota of 1.5 processors counts as 2
    /// Bytes that a cgroup allows; the largest number where none limits it.
    std::uint64_t memory = std::numeric_limits<std::uint64_t>::max();
};

/// Where the kernel tells it; tests have others.
struct MachineFiles {
    std::string cgroups = "/proc/self/cgroup";
    std::string mounts = "/proc/self/mountinfo";
    std::string online = "/sys/devices/system/cpu/online";
};

Machine look_at_machine(const MachineFiles& files = {});

}  // namespace holt::fs
