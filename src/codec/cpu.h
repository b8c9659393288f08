// Which instruction set the kernels use. Detected once; tests and benches force another.
//
// Every kernel exists in a portable form and, on x86-64, for AVX2 (with BMI2) and AVX-512 (F, BW,
// VL, DQ). Objects read the level when they are made, so a change does not affect those in use.
// Thread rule: level() from any thread; force() only while no codec object is being made.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace holt::codec {

enum class CpuLevel : std::uint8_t { portable, avx2, avx512 };

/// The best level this processor and operating system support.
[[nodiscard]] CpuLevel detected_cpu_level() noexcept;

/// The level in force: the forced one, else the detected one.
[[nodiscard]] CpuLevel cpu_level() noexcept;

/// Forces a level at or below the detected one, or ends forcing. False when it is not supported.
bool force_cpu_level(std::optional<CpuLevel> level) noexcept;

[[nodiscard]] std::string_view name(CpuLevel level) noexcept;

}  // namespace holt::codec
