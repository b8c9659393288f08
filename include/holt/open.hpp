// How a store is made and opened. Thread rule: values.
#pragma once

#include <holt/cancel.hpp>
#include <holt/log.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace holt {

enum class Access : std::uint8_t { read_write, read_only };

struct OpenOptions {
    Access access = Access::read_write;              ///< read_only never writes to the store
    std::chrono::milliseconds lock_timeout{60'000};  ///< how long to wait for another writer
    /// Threads that an operation uses at most; 0: as many as the affinity mask and the CPU quota of
    /// the cgroup allow. Never more than stay within 256 MiB, or half of what a cgroup allows.
    unsigned threads = 0;
    LogOptions log{};  ///< off by default
    /// Write also where the store lies on a network or FUSE file system, whose locks may not hold
    /// between machines: the caller knows that they do, or that nobody else is there.
    bool allow_network_store = false;
    /// Heard by repair, and while an operation without a cancel of its own waits for others.
    const Cancel* cancel = nullptr;
};

struct InitOptions {
    /// A group, by name or number, all of whose members may use the store; nobody else may then.
    /// What each of them makes in it belongs to the group, whatever the umask. Empty: the rights
    /// are as the umask has them.
    std::string shared_group{};
    bool allow_network_store = false;  ///< as OpenOptions has it
};

}  // namespace holt
