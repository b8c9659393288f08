// Where the time of one operation went. Thread rule: a value.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

namespace holt {

struct Timings {
    /// Work of one kind. Stages exclude each other: what one does inside another is taken from the
    /// outer one. With several threads their sum may be greater than the time that passed.
    struct Stage {
        std::string_view name;  ///< "compress"; lives for ever
        std::uint64_t times = 0;
        std::chrono::nanoseconds total{0};  ///< over all threads
    };
    /// Something that was counted: a kind of system call, or a use of a cache.
    struct Count {
        std::string_view name;  ///< "open"; lives for ever
        std::uint64_t value = 0;
    };

    std::vector<Stage> stages{};        ///< in the order of the work; those that were entered
    std::vector<Count> caches{};        ///< "blocks wanted", "blocks decoded"
    std::vector<Count> system_calls{};  ///< on files, by kind, most frequent first; of the process
    std::chrono::nanoseconds elapsed{0};
};

}  // namespace holt
