// The listing of a folder with very many names in little memory: some 20 bytes for each name
// besides the name itself, instead of 200. It is filled in order and read in order.
//
// For each entry: one byte with the name's length and the name; the numbers of its record, each as
// the difference to that of the entry before (zigzag, 7 bits a byte); of a symlink the target's
// length and the target. Thread rule: values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "fs/folder.h"

namespace holt::fs {

class PackedListing {
  public:
    /// Entries come in the order of their names.
    void add(const DirEntry& entry);
    /// How many of a kind were added.
    std::size_t count(Kind kind) const noexcept { return counts_[static_cast<std::size_t>(kind)]; }
    std::size_t size() const noexcept { return size_; }
    /// Gives back the room that nothing was put into.
    void shrink() { bytes_.shrink_to_fit(); }

    class Reader {
      public:
        /// `listing` must stay where it is.
        explicit Reader(const PackedListing& listing) noexcept : rest_(listing.bytes_) {}
        /// False behind the last entry.
        bool next(DirEntry& entry);

      private:
        std::uint64_t number() noexcept;
        std::string text(std::size_t length);
        ByteView rest_;
        std::array<std::uint64_t, 13> before_{};
    };

  private:
    void number(std::uint64_t value);

    Bytes bytes_;
    std::array<std::uint64_t, 13> before_{};  // the record's numbers of the last entry
    std::array<std::size_t, 1 + static_cast<std::size_t>(Kind::block_device)> counts_{};
    std::size_t size_ = 0;
};

}  // namespace holt::fs
