// Which compressor and which block size each level stands for, chosen by measurement
// (bench/results/gzip.md): each level no larger than pigz's of the same number on the whole,
// level 1 no larger than igzip's, and as fast as that allows. Thread rule: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>

namespace holt::gzip {

inline constexpr int kMinLevel = 1, kMaxLevel = 12, kDefaultLevel = 6;

enum class Engine : std::uint8_t { libdeflate, isal };

struct LevelPlan {
    Engine engine = Engine::libdeflate;
    int engine_level = 6;
    /// The level for content that compresses to less than kDense, where a longer search pays; the
    /// same as engine_level: no difference is made.
    int dense_level = 6;
    std::size_t block_size = 0;    ///< bytes of content in one member
    std::uint8_t extra_flags = 0;  ///< XFL of the header
};

/// A probe of a block that compresses to less than 1/kDense of its size has dense matches.
inline constexpr std::size_t kDense = 4;

/// True when ISA-L was there at build time: levels 1 and 2 are its.
bool has_isal() noexcept;

/// `level` from kMinLevel to kMaxLevel.
LevelPlan plan_of(int level) noexcept;

}  // namespace holt::gzip
