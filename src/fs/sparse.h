// Where a file has holes. Thread rule: find_holes moves the descriptor's position.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "fs/stat.h"

namespace holt::fs {

/// False when the record alone proves that there is no hole worth looking for: as many blocks as
/// bytes. Compressing file systems have fewer blocks without holes: then looking finds none.
inline bool may_have_holes(const FileStat& stat) noexcept {
    return stat.kind == Kind::file && stat.blocks < stat.size / 512;
}

/// At most this many holes are reported for one file; what is beyond is read as zeros. A bound on
/// memory for hostile files: 1 million holes are 16 MiB.
inline constexpr std::size_t kMaxHoles = 1'000'000;

/// The holes of the first `size` bytes, in order, not touching each other. Empty where the file
/// system cannot tell. Ends whatever other programs do to the file meanwhile. The position of `fd`
/// is left anywhere: go on with pread, or seek.
Result<std::vector<Range>> find_holes(int fd, std::uint64_t size, std::string_view shown);

/// Of these holes, those that are worth a leap over: a shorter one is read together with the data
/// around it, by one call.
std::vector<Range> long_holes(std::vector<Range> holes);

}  // namespace holt::fs
