// What a snapshot remembers of one folder's inodes, packed for the catalog.
//
//   version u8 (1), varint count, then for each entry, in the order of the folder's tree:
//   dev, ino, ctime   each a varint zigzag difference (modulo 2^64) from the entry before
//
// A folder's files lie on one device, were mostly made one after the other, and changed at about
// the same time: some 9 bytes an entry instead of 24. Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace holt::store {

/// What the last snapshot of a source knew of one folder's files, to skip reading what did not
/// change.
struct StatRecord {
    std::uint64_t ino = 0;  ///< 0: unknown, always read
    std::uint64_t dev = 0;
    std::uint64_t ctime = 0;  ///< wrapped_ns: only compared
};
/// Parallel to the entries of the folder's tree of the base snapshot.
struct FolderStats {
    std::string folder{};  ///< path from the root, "" is the root
    std::vector<StatRecord> entries{};
    /// How long they hold (fs::mount_life); nothing: always, as what they prove was synced.
    std::optional<std::string> life{};
};

Bytes encode_stats(std::span<const StatRecord> entries);
/// Refuses, as corrupt, what encode_stats would not have written.
Result<std::vector<StatRecord>> decode_stats(ByteView bytes, const std::string& object);

}  // namespace holt::store
