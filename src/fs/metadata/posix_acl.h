// POSIX access control lists (POSIX.1e draft 17), as Linux hands them out in the attributes
// system.posix_acl_access and system.posix_acl_default.
//
// While a file has an access list, the group bits of its mode are the list's mask, and not what the
// owning group may do. So where a list is lost, the mode alone would give away rights; what it must
// be then says mode_without_acl().
//   value: u32 version 2; for each entry u16 tag, u16 permissions, u32 id; all little-endian
// Thread rule: values and pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holt::fs {

inline constexpr std::string_view kAccessAcl = "system.posix_acl_access";
inline constexpr std::string_view kDefaultAcl = "system.posix_acl_default";
/// Nobody's uid or gid: chown reads it as "leave it". Entries of a list that name nobody have it.
inline constexpr std::uint32_t kNoId = 0xFFFFFFFF;

struct AclEntry {
    /// In the order that a list has them in.
    enum class Tag : std::uint16_t {
        owner = 0x01,
        user = 0x02,
        owning_group = 0x04,
        group = 0x08,
        mask = 0x10,
        other = 0x20
    };
    Tag tag = Tag::owner;
    std::uint16_t rights = 0;  ///< 4 read, 2 write, 1 execute
    std::uint32_t id = kNoId;  ///< of a named user or group
    bool operator==(const AclEntry&) const = default;
};
using Acl = std::vector<AclEntry>;

/// Sorts by tag, leaving the order of names as it is. False when it is no list that a file can
/// have: owner, owning group and other once each; a mask at most once, and with names always; no
/// name twice, nor one without an id.
bool normalise(Acl& acl);

std::string encode_acl(const Acl& acl);
/// Nothing for what is none.
std::optional<Acl> decode_acl(std::string_view value);

/// True for an access list that says nothing but what a mode says: files do not keep it.
bool is_minimal(const Acl& acl) noexcept;
/// `mode` with the permissions that the kernel shows for a file with this access list.
std::uint16_t mode_with_acl(std::uint16_t mode, const Acl& acl) noexcept;
/// `mode` for a file that had this access list (a value of the attribute) and does not get it:
/// nobody may do more than the list allowed. The group gets what the owning group had; what a named
/// user had less than others, others lose.
std::uint16_t mode_without_acl(std::uint16_t mode, std::string_view value);
std::uint16_t mode_without_acl(std::uint16_t mode, const Acl& acl) noexcept;

}  // namespace holt::fs
