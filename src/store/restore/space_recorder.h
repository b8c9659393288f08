// Gathers the records of a new space while a restore writes it: one fstat for each file and folder
// that is finished, on the descriptor at hand. Thread rule: took() from any thread, take() when all
// have ended.
#pragma once

#include <tbb/enumerable_thread_specific.h>

#include <string_view>
#include <vector>

#include "fs/stat.h"
#include "store/format/space_records.h"

namespace holt::store {

class SpaceRecorder {
  public:
    /// It is complete now: content, metadata.
    void took(const fs::FileStat& stat, std::string_view path) {
        records_.local().push_back({space_key(path), stat.ino, stat.ctime, stat.dev});
    }

    /// The records of what lies on device `dev` and that `is_old_enough` lets pass.
    template <class Filter>
    std::vector<SpaceRecord> take(std::uint64_t dev, Filter is_old_enough) {
        std::vector<SpaceRecord> all;
        for (const auto& of_thread : records_)
            for (const Taken& taken : of_thread)
                if (taken.dev == dev && is_old_enough(taken.ctime))
                    all.push_back({taken.key, taken.ino, wrapped_ns(taken.ctime)});
        records_.clear();
        return all;
    }

  private:
    struct Taken {
        std::uint64_t key = 0, ino = 0;
        Time ctime{};
        std::uint64_t dev = 0;
    };
    tbb::enumerable_thread_specific<std::vector<Taken>> records_;
};

}  // namespace holt::store
