// Where content names a folder.
//
// A hit ends at a path boundary: what follows is no byte of [A-Za-z0-9_.-], so "/opt/a" is not
// found in "/opt/ab". What stands before is judged by who knows the format (begins_path), since a
// length or an opcode may look like a letter there.
//
// One pass for two prefixes: 16 or 32 places at a time are compared with the first and the last
// byte of each; the few that have both are compared whole. More prefixes (folders that are saved
// together) are passes that go side by side. Content may come in pieces: what could begin near the
// end of one is found with the next.
// Thread rule: const methods from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "relocation/needles.h"
#include "relocation/prefixes.h"

namespace holt::relocation {

/// A place that names the folder.
struct Hit {
    std::uint64_t offset = 0;
    std::uint8_t prefix = 0;  ///< which of the prefixes
    bool operator==(const Hit&) const = default;
};

class Finder {
  public:
    explicit Finder(const Prefixes& prefixes);

    enum class Piece : std::uint8_t { goes_on, ends };
    /// Appends the hits that begin at `from` or later, ascending, without overlaps, at `base` and
    /// on. When the content goes on, those that need bytes behind the piece are left: returns where
    /// to begin the next search (with the piece's bytes from there kept).
    std::size_t find(ByteView piece, std::size_t from, Piece kind, std::uint64_t base,
                     std::vector<Hit>& hits) const;
    /// All of one content.
    std::vector<Hit> find(ByteView content) const;

  private:
    std::optional<Hit> judge(ByteView piece, std::size_t at) const;

    std::vector<std::string> paths_;
    std::vector<Needles> needles_;
    std::size_t longest_ = 0;
    NextCandidate next_candidate_;
};

/// [A-Za-z0-9_.-]
bool is_name_byte(std::uint8_t byte) noexcept;
/// Whether a path can begin at `at`: the byte before is no part of a path. "file://" may stand
/// before one, and so may an option of one letter ("-L").
bool begins_path(ByteView content, std::size_t at) noexcept;

}  // namespace holt::relocation
