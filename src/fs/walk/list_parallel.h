// Listing one folder of very many names with several threads: a stat of each name is nearly all of
// the cost.
#pragma once

#include <string_view>

#include "base/error.h"
#include "fs/executor.h"
#include "fs/folder.h"

namespace holt::fs {

/// As list_folder. Of a folder with many names parts are looked at by `executor`'s threads, if
/// there is one, and by this one: returns when all are. Thread rule: as list_folder.
Result<Listing> list_folder_parallel(int fd, std::string_view shown, const Executor& executor);

}  // namespace holt::fs
