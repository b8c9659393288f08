// What a snapshot remembers of one folder's inodes, packed for the catalog.
//
//   version u8 (1), varint count, then for each entry, in the order of the folder's tree:
//   dev, ino, ctime   each a varint zigzag difference (modulo 2^64) from the entry before
//
// A folder's files lie on one device, were mostly made one after the other, and changed at about
// the same time: some 9 bytes an entry instead of 24. Thread rule: pure functions.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "store/catalog.h"

namespace holt::store {

Bytes encode_stats(std::span<const StatRecord> entries);
/// Refuses, as corrupt, what encode_stats would not have written.
Result<std::vector<StatRecord>> decode_stats(ByteView bytes, const std::string& object);

}  // namespace holt::store
