// The one judgement on two entries of a name: in what do they differ, and how is that told.
//
// `diff` asks it about the entries of two trees, the check of a folder (`verify DIR`, and restores
// in place) about an entry and an inode. So both name the same differences in the same words.
// Thread rule: values and pure functions.
#pragma once

#include <holt/store.hpp>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>

#include "fs/stat.h"
#include "store/format/tree.h"

namespace holt::store {

enum class Owners : std::uint8_t { compare, ignore };

/// One thing in which two entries may differ.
enum class Facet : std::uint8_t {
    kind = 1 << 0,
    content = 1 << 1,  ///< of a file; of a symlink where it leads
    mode = 1 << 2,
    owner = 1 << 3,
    mtime = 1 << 4,
    attributes = 1 << 5,
    links = 1 << 6  ///< which other names their inodes have
};

class Facets {
  public:
    constexpr Facets(std::initializer_list<Facet> all = {}) noexcept {
        for (const Facet one : all) set(one);
    }
    constexpr Facets& set(Facet facet, bool differs = true) noexcept {
        if (differs) bits_ |= static_cast<std::uint8_t>(facet);
        return *this;
    }
    constexpr bool has(Facet facet) const noexcept {
        return (bits_ & static_cast<std::uint8_t>(facet)) != 0;
    }
    constexpr bool none() const noexcept { return bits_ == 0; }

  private:
    std::uint8_t bits_ = 0;
};

/// What an inode says of itself that a tree keeps too.
struct InodeFacts {
    std::uint16_t mode = 0;
    std::uint32_t uid = 0, gid = 0;
    Time mtime{};

    /// Of a TreeEntry or a FileStat.
    template <class Entry>
    static InodeFacts of(const Entry& entry) noexcept {
        return {entry.mode, entry.uid, entry.gid, entry.mtime};
    }
};

/// Mode, owner and time.
inline Facets compare_inodes(const InodeFacts& a, const InodeFacts& b, Owners owners) noexcept {
    return Facets()
        .set(Facet::mode, a.mode != b.mode)
        .set(Facet::owner, owners == Owners::compare && (a.uid != b.uid || a.gid != b.gid))
        .set(Facet::mtime, a.mtime != b.mtime);
}
/// Everything. Attributes that were left out of either are taken to be equal.
Facets compare_entries(const TreeEntry& a, const TreeEntry& b, Owners owners);
/// The same digest, and the same chunks where both have some: content is cut in one way only. A
/// file on disk was hashed whole, and has none; one with places is stored in another form.
bool same_digest(const TreeEntry& a, const TreeEntry& b);

/// What became of `a` when it is `b` now, in words; nothing when they are equal. `path` is "" for
/// the root.
std::optional<DiffEntry> describe_difference(Facets facets, const InodeFacts& a,
                                             const InodeFacts& b, const std::string& path);
/// What is on one side only.
DiffEntry describe_lone(const std::string& path, Change change);

}  // namespace holt::store
