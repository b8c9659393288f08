// Where one file, symlink or FIFO is to appear: a path of its own, or a folder that it is put into
// under its own name. Thread rule: a value and a pure function.
#pragma once

#include <optional>
#include <string>

#include "fs/staging/staging.h"
#include "fs/stat.h"

namespace holt::fs {

struct EntryPlace {
    Destination destination;          ///< as one where nothing is
    std::optional<FileStat> there{};  ///< what stands there all the same; a symlink is itself
};

/// A folder is meant when `path` is one, ends in '/', or is "." or ".."; then `own_name` is the
/// name in it. A symlink is only followed to a folder when the path ends in '/', and refused
/// (unsafe_input) when neither root nor this user made it.
Result<EntryPlace> look_at_entry_place(const std::string& path, const std::string& own_name);

}  // namespace holt::fs
