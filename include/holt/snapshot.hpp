// A snapshot held open, to look into it: entries by path, bytes by offset.
//
// While it is open nothing that it needs is given back, whoever forgets it. Every byte is verified
// before it is handed out. Thread rule: one thread at a time; snapshots are independent of each
// other, and outlive the Store that they were opened from. Not in the child of a fork().
#pragma once

#include <holt/store.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace holt {

class HOLT_API Snapshot {
  public:
    Snapshot(Snapshot&&) noexcept;
    Snapshot& operator=(Snapshot&&) noexcept;
    ~Snapshot();

    const SnapshotInfo& info() const noexcept;

    /// The entry at `path` ("" is the root) and, for a folder, what stands below it.
    Status list(const std::string& path, const ListOptions&, const Store::EntryVisitor& visit);
    /// `not_found` says where the path ends.
    Result<EntryInfo> stat(const std::string& path);
    /// Fills `bytes` with the file's content from `offset` on; how many: fewer only at its end.
    Result<std::size_t> read_at(const std::string& path, std::uint64_t offset,
                                std::span<std::uint8_t> bytes);
    /// All of a file's content, piece by piece.
    Status cat(const std::string& path, const Store::Sink& sink);

  private:
    friend class Store;
    struct Impl;
    explicit Snapshot(std::unique_ptr<Impl> impl) noexcept;
    std::unique_ptr<Impl> impl_;
};

}  // namespace holt
