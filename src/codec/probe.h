// Whether a block is worth compressing: a quick look before the work, because a store is full of
// what is compressed already (images, wheels, archives).
//
// It errs towards compressing: a wrong "worth it" costs some time, a wrong "incompressible" costs
// space for as long as the block lives.
// Thread rule: pure.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace holt::codec {

enum class Verdict : std::uint8_t {
    worth_compressing,
    incompressible,  ///< zstd would save under kWorthwhile
};

/// What a compressor has to save of a block for the block to be stored compressed.
inline constexpr double kWorthwhile = 0.03;

/// Judges `data` from 32 windows of 1 KiB spread over it: how far their bytes are from uniform, as
/// a whole and by place in groups of 8 bytes (which shows floats and records), and how much of them
/// repeats what went before, near or anywhere in `data`. Below 4 KiB everything is worth it.
[[nodiscard]] Verdict probe(ByteView data) noexcept;

}  // namespace holt::codec
