// What the output of a filter takes over from its input: group, permissions, owner, times.
//
// The output may belong to somebody else than the input, and its content may be somebody else's
// choice, so nobody gets rights by it: setuid, setgid and sticky never go over, the group comes
// first, and where the group cannot be set its permissions are left away. Thread rule: pure
// functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "fs/metadata/metadata.h"

namespace holt::fs {

struct HandedOn {
    std::uint16_t mode = 0;  ///< of which 0777 counts
    std::uint32_t uid = 0, gid = 0;
    Time mtime{};
    std::optional<Time> atime{};  ///< nothing: that of the output stays
};

/// Sets all of it on a new file that is open. An owner that is refused is no error: the file stays
/// its maker's, as with gzip and zstd. The value tells of permissions that were left away.
Result<Warnings> hand_on(int fd, const HandedOn& from, std::string_view shown);

/// When an open file was last read.
Result<Time> access_time(int fd, std::string_view shown);

}  // namespace holt::fs
