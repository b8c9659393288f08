// Puts the entries of a zip one behind the other, each with its headers, and the directory at the
// end. Nothing is gone back to: a large file has its sizes behind it. The bytes depend on the
// entries alone. The directory is held until the end: about 120 bytes for each entry, and its name.
// Thread rule: one thread at a time.
#pragma once

#include "archive/format/zip_format.h"
#include "archive/zip/zip_plan.h"

namespace holt::store::zip {

/// What became of an item: its content as it stands in the zip.
struct Encoded {
    ByteView bytes{};
    std::uint16_t method = kStored;
    std::uint32_t crc = 0;   ///< of the item's own bytes
    std::uint64_t size = 0;  ///< of these
};

class Layout {
  public:
    /// Items in order. Appends what comes next in the file to `out`.
    void add(const Item& item, const Encoded& encoded, Bytes& out);
    /// The directory and its end.
    Bytes finish();

  private:
    void begin(const Item& item, const Encoded& encoded, Bytes& out);
    void append_descriptor(Bytes& out) const;
    void append_to_directory();

    std::uint64_t offset_ = 0;  // in the file
    std::uint64_t count_ = 0;
    Bytes directory_;
    // Of the entry at hand.
    DirectoryHeader entry_{};
    std::string name_;
    Bytes extras_;
    bool large_sizes_ = false;  // its header has room for sizes of 64 bits
};

}  // namespace holt::store::zip
