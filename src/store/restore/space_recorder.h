// Gathers the records of a new space while a restore writes it: one fstat for each file and folder
// that is finished, on the descriptor at hand. Thread rule: took() from any thread, take() when all
// have ended.
#pragma once

#include <tbb/enumerable_thread_specific.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

#include "fs/stat.h"
#include "store/format/space_records.h"

namespace holt::store {

class SpaceRecorder {
  public:
    /// It is complete now: content, metadata.
    void took(const fs::FileStat& stat, std::string_view path) {
        OfThread& own = records_.local();
        const auto known = std::ranges::find(own.devices, stat.dev);
        const auto device = static_cast<std::uint32_t>(known - own.devices.begin());
        if (known == own.devices.end()) own.devices.push_back(stat.dev);
        own.taken.push_back({.key = space_key(path),
                             .ino = stat.ino,
                             .seconds = stat.ctime.seconds,
                             .nanoseconds = stat.ctime.nanoseconds,
                             .device = device});
    }

    /// The records of what lies on device `dev` and that `is_old_enough` lets pass.
    template <class Filter>
    std::vector<SpaceRecord> take(std::uint64_t dev, Filter is_old_enough) {
        std::size_t count = 0;
        for (const OfThread& of_thread : records_) count += of_thread.taken.size();
        std::vector<SpaceRecord> all;
        all.reserve(count);
        for (OfThread& of_thread : records_)
            for (; !of_thread.taken.empty(); of_thread.taken.pop_front()) {
                const Taken& taken = of_thread.taken.front();
                const Time ctime{.seconds = taken.seconds, .nanoseconds = taken.nanoseconds};
                if (of_thread.devices[taken.device] == dev && is_old_enough(ctime))
                    all.push_back({taken.key, taken.ino, wrapped_ns(ctime)});
            }
        records_.clear();
        return all;
    }

  private:
    // A restore may have millions: 32 bytes each, in pieces that are given back while they are
    // taken.
    struct Taken {
        std::uint64_t key = 0, ino = 0;
        std::int64_t seconds = 0;
        std::uint32_t nanoseconds = 0;
        std::uint32_t device = 0;  ///< number of the thread's
    };
    struct OfThread {
        std::deque<Taken> taken;
        std::vector<std::uint64_t> devices;
    };
    tbb::enumerable_thread_specific<OfThread> records_;
};

}  // namespace holt::store
