// The mounts below a folder, found before the first change: mount points (of folders and of single
// files, bind mounts and autofs among them) and btrfs subvolumes.
//
// One look at /proc/self/mountinfo, and on btrfs one question to the kernel; no walk. Without /proc
// only the steps of a walk (boundary.h) find mounts. Thread rule: a value.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace holt::fs {

class MountsBelow {
  public:
    MountsBelow() = default;
    /// `paths` from the folder.
    explicit MountsBelow(std::vector<std::string> paths);
    static Result<MountsBelow> find(int folder, std::string_view shown);

    bool empty() const noexcept { return paths_.empty(); }
    /// From the folder, sorted by bytes.
    const std::vector<std::string>& paths() const noexcept { return paths_; }
    /// Something is mounted at this path.
    bool at(std::string_view path) const noexcept;
    /// Something is mounted somewhere below this path.
    bool below(std::string_view path) const noexcept;

  private:
    std::vector<std::string> paths_;
};

/// The error of an operation that mounts below its destination stand in the way of; all are named.
std::unexpected<Error> refuse_mounts(const std::vector<std::string>& paths, std::string_view shown);

/// An error when anything is mounted below a folder.
Status refuse_mounts_below(int folder, std::string_view shown);

}  // namespace holt::fs
