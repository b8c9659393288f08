// What the catalog remembers of the files in a restored folder (a space): for each entry that was
// seen to be as the snapshot has it, the inode and its change time then. Nothing can be done to an
// inode, its content, mode, owner, times, attributes or links, without a new change time; nothing
// to a folder's names without one of the folder's. So an entry whose record still fits need not be
// read, and a folder whose record fits need not be listed.
//
//   version u8 (1), varint count, then for each record in the order of keys:
//   varint difference of the key from the one before, zigzag difference of the inode, zigzag
//   difference of the change time (both modulo 2^64, from the record before)
//
// A key is 48 bits of the hash of the entry's path, so that records may be made by any thread in
// any order and take some 13 bytes. Two paths with one key cost a record, nothing else: a wrong
// inode proves nothing. Only entries on the root's own device have records.
//
// Those of content that was synced hold always, the others for the life of a mount
// (fs/mount/mount_life.h) and are encoded apart. Thread rule: const methods from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "fs/stat.h"

namespace holt::store {

/// How long a record holds.
enum class Holds : std::uint8_t { this_life, always };

struct SpaceRecord {
    std::uint64_t key = 0;  ///< space_key of the path
    std::uint64_t ino = 0;
    std::uint64_t ctime = 0;  ///< wrapped_ns: only compared
    Holds holds = Holds::this_life;
    bool operator==(const SpaceRecord&) const = default;
};

/// 48 bits of the hash of a path from the space's root.
std::uint64_t space_key(std::string_view path) noexcept;

class SpaceRecords {
  public:
    SpaceRecords() = default;
    /// In any order. Of several with one key the last counts.
    explicit SpaceRecords(std::vector<SpaceRecord> records);

    /// Null when there is none.
    const SpaceRecord* find(std::uint64_t key) const noexcept;
    std::size_t size() const noexcept { return records_.size(); }
    const std::vector<SpaceRecord>& all() const noexcept { return records_; }

    /// What they prove was synced: from now on all hold always.
    void hold_always() noexcept;
    bool all_hold_always() const noexcept;

    /// Those that hold so long.
    Bytes encode(Holds holds) const;
    /// Refuses, as corrupt, what encode would not have written.
    static Result<SpaceRecords> decode(ByteView bytes, Holds holds, const std::string& object);

  private:
    void build_index();
    std::size_t bucket(std::uint64_t key) const noexcept;

    std::vector<SpaceRecord> records_;   // sorted by key
    std::vector<std::uint32_t> begins_;  // where each bucket of keys begins in records_
};

}  // namespace holt::store
