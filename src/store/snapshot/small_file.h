// Reading a small file of a source, whole, as it is at one moment (file_reading.h).
// Thread rule: any thread.
#pragma once

#include <string>

#include "store/snapshot/snapshot_unit.h"

namespace holt::store {

/// Reads the small file `name` (item.what == read) of the folder open as `folder_fd`, appends its
/// content to `data` and fills in offset, length, stat, xattrs, lost, holes and record. What is
/// wrong with the file goes into item.error, with what = failed. A file that has grown past `limit`
/// bytes is reported as changed.
void read_small_file(int folder_fd, const std::string& name, const std::string& shown,
                     FileItem& item, Bytes& data, std::size_t limit);

}  // namespace holt::store
