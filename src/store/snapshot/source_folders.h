// Several folders as one tree: a root that is on no disk, with the folders in it as 01, 02 and so
// on. The root says nothing of where they lie, so equal folders give equal trees.
// Thread rule: as fs::TreeWalk.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"
#include "fs/walk/walk.h"

namespace holt::store {

struct SourceFolder {
    UniqueFd fd;
    std::string path;  ///< absolute, symlinks resolved
    fs::FileStat stat;
};

/// `usage` for more than kMostFolders, for one that is given twice or lies in another.
Result<std::vector<SourceFolder>> open_source_folders(std::span<const std::string> paths);

/// Walks the root, then each folder in turn; paths begin with the folder's name in the root, for
/// the filters without it.
std::function<std::optional<fs::WalkFolder>()> walk_together(std::vector<SourceFolder> folders,
                                                             const fs::WalkOptions& options,
                                                             const fs::Executor& executor);

}  // namespace holt::store
