// Takes an encoded tree apart, entry by entry, while its bytes come in parts.
//
// A folder of a million names has a tree of 70 MB, and its entries would take 400 MB at once. Every
// rule that a tree must keep is checked on the way; what concerns the whole (that nothing follows
// the last entry) when the last entry is taken. Thread rule: one object, one thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/error.h"
#include "store/format/tree.h"

namespace holt::store {

class TreeDecoder {
  public:
    /// `size` of all of the tree in bytes; `object` names it in errors.
    TreeDecoder(std::uint64_t size, std::string object)
        : object_(std::move(object)), size_(size), left_(size) {}

    enum class Got : std::uint8_t {
        entry,
        end,  ///< all entries were taken
        more  ///< the bytes at hand end too early, and are not all that there are
    };
    /// Takes the next entry, into a new `entry`, off the front of `bytes`: those that are at hand
    /// and were not taken yet. Refuses, as corrupt, what encode_tree would not have written.
    Result<Got> next(ByteView& bytes, TreeEntry& entry);
    /// Takes what stands in front of the entries: after that it is known how many there are. next()
    /// does it, too.
    Result<Got> begin(ByteView& bytes);
    /// How many entries are to come; 0 before it was begun.
    std::size_t to_come() const noexcept { return to_come_; }

  private:
    template <class Read>
    Result<Got> take(ByteView& bytes, Read read);

    std::string object_;
    const std::uint64_t size_;
    std::uint64_t left_;  // bytes that were not taken
    std::string last_;    // name of the entry taken last
    std::size_t to_come_ = 0;
    bool begun_ = false;
};

}  // namespace holt::store
