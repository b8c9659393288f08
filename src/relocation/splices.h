// From one form of a file to another, a piece at a time and in any order.
// Thread rule: const methods from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "relocation/relocation.h"

namespace holt::relocation {

class Splices {
  public:
    /// Nothing when a place cannot be moved to the target.
    static std::optional<Splices> make(const Relocation& relocation, Side from, Side to,
                                       std::string_view target = {});

    bool empty() const noexcept { return splices_.empty(); }
    /// How long the result is, of so many bytes.
    std::uint64_t size_of(std::uint64_t from_size) const noexcept;
    /// Where in the result the piece that begins at `offset` comes to stand.
    std::uint64_t place_of(std::uint64_t offset) const noexcept;
    /// Appends what the piece at `offset` becomes. False when a place does not hold what the form
    /// has there. What is replaced goes with the piece that its first byte is in.
    bool apply(std::uint64_t offset, ByteView piece, Bytes& out) const;

  private:
    struct Splice {
        std::uint64_t offset = 0;  // in what is given
        std::string from, to;
        std::int64_t shift = 0;  // of all that follows
        std::uint64_t end() const noexcept { return offset + from.size(); }
    };
    std::vector<Splice>::const_iterator first_ending_after(std::uint64_t offset) const noexcept;

    std::vector<Splice> splices_;
};

}  // namespace holt::relocation
