// A path of 200 characters that a command sees its folders at (--neutral-path): what it builds has
// that path in it, which is longer than any that it will be restored to, and the same on every
// machine.
//
// In a mount namespace of the command's own: a small file system in memory is mounted over an empty
// folder, and each real folder bound into it. Nobody else sees either, and both go with the
// command. Where the kernel does not allow that it is told. Thread rule: made by one thread;
// enter() is called in a forked child and is safe there.
#pragma once

#include <holt/error.hpp>

#include <string>
#include <utility>
#include <vector>

namespace holt::cli {

class NeutralPaths {
  public:
    static constexpr std::size_t kLength = 200;

    /// Makes the folders that are missing, and the empty folder for the mount.
    static Result<NeutralPaths> prepare(const std::vector<std::string>& folders);
    /// Whether this process may do what enter() does: tried in a child. The reason why not, or "".
    std::string problem() const;

    /// In a forked child: moves it into its own namespace. False with errno set.
    bool enter() const noexcept;
    /// The path that each folder has there.
    const std::vector<std::string>& paths() const noexcept { return paths_; }

  private:
    std::string base_;                  // the folder that is mounted over
    std::vector<std::string> folders_;  // absolute
    std::vector<std::string> paths_;
    std::string uid_map_, gid_map_;
    bool is_root_ = false;
};

}  // namespace holt::cli
