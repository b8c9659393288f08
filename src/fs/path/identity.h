// Which folder this is, whatever it is called by now: what a remembered folder is known again by.
//
// An inode number alone is given to another folder soon after the first is removed; together with
// the time of its birth it is not. Where a file system keeps no birth times, `born` is 0 and the
// number has to do. Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "fs/stat.h"

namespace holt::fs {

struct FolderIdentity {
    std::uint64_t dev = 0, ino = 0;
    std::uint64_t born = 0;  ///< wrapped_ns of the time of its birth; 0: not known
    bool operator==(const FolderIdentity&) const = default;
};

/// Of an open folder: one statx.
Result<FolderIdentity> identity_of(int fd, std::string_view shown);

/// True when a folder that was `then` is the one that is `now`, found under the same path. A device
/// may have another number after the machine was started anew: with a birth time it does not count.
inline bool same_folder(const FolderIdentity& then, const FolderIdentity& now) noexcept {
    if (then.ino != now.ino || then.born != now.born) return false;
    return then.dev == now.dev || then.born != 0;
}

}  // namespace holt::fs
