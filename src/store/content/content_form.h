// What a file's stored chunks become when they leave the store: the original's bytes, or those that
// the file has at another path (relocation/relocation.h). Chunks are verified before, as they are
// stored; most files are stored as they are, and then nothing is done.
// Thread rule: one object, one thread at a time.
#pragma once

#include <optional>

#include "base/error.h"
#include "relocation/splices.h"
#include "store/format/tree.h"

namespace holt::store {

class ContentForm {
  public:
    /// Of what the entry shall be: moved where it says so, else the original.
    static Result<ContentForm> of(const TreeEntry& entry);

    bool is_stored() const noexcept { return splices_.empty(); }
    /// The stored bytes that begin at `offset`, as they shall be. Valid until the next call.
    Result<ByteView> apply(std::uint64_t offset, ByteView stored);
    /// Where they stand in the file.
    std::uint64_t place_of(std::uint64_t offset) const noexcept {
        return splices_.place_of(offset);
    }

  private:
    relocation::Splices splices_;
    Bytes bytes_;
};

/// From a file as the entry shall be, on disk, back to its original; nothing for one that is that.
Result<std::optional<relocation::Splices>> back_to_original(const TreeEntry& entry);

}  // namespace holt::store
