// A walk's stack: the subfolders that it has met and not visited yet, packed. A folder's subfolders
// come before the next folder beside it. Thread rule: a value.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "fs/folder.h"
#include "store/format/packed_entries.h"

namespace holt::store {

class FoldersBelow {
  public:
    /// The subfolders of the folder at `path`, in the order of their names.
    void push(std::string path, PackedEntries subfolders) {
        if (!subfolders.empty()) stack_.push_back({std::move(path), std::move(subfolders)});
    }
    /// Takes the one that comes next, and its path; false when all were visited.
    Result<bool> next(TreeEntry& folder, std::string& path) {
        for (; !stack_.empty(); stack_.pop_back()) {
            Below& top = stack_.back();
            HOLT_TRY_LET(entry, top.entries.first());
            if (entry == nullptr) continue;
            folder = std::move(*entry);
            path = fs::join_path(top.path, folder.name);
            top.entries.drop_first();
            return true;
        }
        return false;
    }

  private:
    struct Below {
        std::string path;
        PackedEntries entries{};
    };
    std::vector<Below> stack_;
};

}  // namespace holt::store
