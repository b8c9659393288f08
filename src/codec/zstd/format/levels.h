// The levels, which mean what they mean to libzstd. Thread rule: values.
#pragma once

namespace holt::zstd {

inline constexpr int kMinLevel = -5;
inline constexpr int kMaxOrdinaryLevel = 19;
/// The levels above the ordinary ones take windows of 32 to 128 MiB, on the reading side too.
inline constexpr int kMaxLevel = 22;
inline constexpr int kDefaultLevel = 3;

}  // namespace holt::zstd
