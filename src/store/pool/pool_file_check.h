// Is a file of the pool what its name says: its record, its attributes, its content.
// Thread rule: pure functions.
#pragma once

#include <string>

#include "base/bytes.h"
#include "store/format/pool_key.h"

namespace holt::store {

/// What of the record or the attributes is wrong; empty when all is as the id says. `stat` gets the
/// record.
Result<std::string> find_problem(int fd, const PoolFile& wanted, fs::FileStat& stat);

/// The digest of the first `size` bytes, or of fewer when the file ends before.
Result<Digest> hash_in_pieces(int fd, std::uint64_t size, MutableByteView buffer);

/// A pool file that cannot be read is as good as a changed one, unless it is this process that
/// lacks something: then the error itself.
Result<std::string> as_problem(const Error& error);

}  // namespace holt::store
