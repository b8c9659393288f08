// Where content names a folder.
//
// What stands before and behind is judged by who knows the format (boundary.h): where a string
// states its length, the byte behind it may be a letter that begins something else. Here a hit is
// `open` when a byte of [A-Za-z0-9_.-] follows, as of "/opt/a" in "/opt/ab".
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
    bool open = false;        ///< a byte of a name follows
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
    /// Those that text names: none that is open, or goes on before.
    std::vector<Hit> find_in_text(ByteView text) const;

  private:
    std::optional<Hit> judge(ByteView piece, std::size_t at) const;

    std::vector<std::string> paths_;
    std::vector<Needles> needles_;
    std::size_t longest_ = 0;
    NextCandidate next_candidate_;
};

}  // namespace holt::relocation
