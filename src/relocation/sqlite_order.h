// Which neighbouring keys of a database's indexes may change places when paths in them are moved.
//
// An index (and a table WITHOUT ROWID) is a b-tree of records in the order of their columns. A
// moved path keeps its length, not its place in that order: a database whose keys are out of order
// is damaged for every reader. Whether they stay in order depends on the new path; so the
// neighbours that only the path holds apart are found here, and compared once it is known. Thread
// rule: pure functions.
#pragma once

#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "relocation/relocation.h"

namespace holt::relocation {

/// Of all indexes; `moved` are the places that will be moved, ascending, with offsets in the file.
/// It is known if no moved place lies in an index, or else if all keys beside it could be read.
KeyOrder order_of_keys(ByteView file, const Prefixes& prefixes, const std::vector<Place>& moved);

/// Whether two columns compare as they did, in each order that SQLite has (BINARY, NOCASE, RTRIM).
bool compare_alike(std::string_view first, std::string_view second, std::string_view moved_first,
                   std::string_view moved_second);

}  // namespace holt::relocation
