#include "fs/metadata/posix_acl.h"

#include <algorithm>

#include "base/endian.h"

namespace holt::fs {
namespace {

using Tag = AclEntry::Tag;

constexpr std::uint32_t kVersion = 2;
constexpr std::size_t kHeader = 4, kEntry = 8;
constexpr std::uint16_t kAllRights = 7;

bool is_named(const AclEntry& entry) noexcept {
    return entry.tag == Tag::user || entry.tag == Tag::group;
}

bool is_tag(std::uint16_t tag) noexcept {
    return tag != 0 && tag <= static_cast<std::uint16_t>(Tag::other) && (tag & (tag - 1)) == 0;
}

/// The first of a kind, which a list has once.
const AclEntry* find(const Acl& acl, Tag tag) noexcept {
    const auto found = std::ranges::find(acl, tag, &AclEntry::tag);
    return found == acl.end() ? nullptr : &*found;
}

std::uint16_t rights_of(const Acl& acl, Tag tag, std::uint16_t missing) noexcept {
    const AclEntry* const entry = find(acl, tag);
    return entry == nullptr ? missing : entry->rights;
}

bool has_doubles(const Acl& acl) {
    Acl sorted = acl;
    const auto key = [](const AclEntry& entry) { return std::pair(entry.tag, entry.id); };
    std::ranges::sort(sorted, {}, key);
    return std::ranges::adjacent_find(sorted, {}, key) != sorted.end();
}

}  // namespace

bool normalise(Acl& acl) {
    bool named = false;
    for (AclEntry& entry : acl) {
        if (entry.rights > kAllRights) return false;
        named |= is_named(entry);
        if (!is_named(entry)) entry.id = kNoId;
        if (is_named(entry) && entry.id == kNoId) return false;
    }
    if (has_doubles(acl)) return false;
    std::ranges::stable_sort(acl, {}, &AclEntry::tag);
    const auto has = [&](Tag tag) { return find(acl, tag) != nullptr; };
    return has(Tag::owner) && has(Tag::owning_group) && has(Tag::other) &&
           (!named || has(Tag::mask));
}

std::string encode_acl(const Acl& acl) {
    std::string value(kHeader + acl.size() * kEntry, '\0');
    auto* at = reinterpret_cast<std::uint8_t*>(value.data());
    store_le(at, kVersion);
    at += kHeader;
    for (const AclEntry& entry : acl) {
        store_le(at, static_cast<std::uint16_t>(entry.tag));
        store_le(at + 2, entry.rights);
        store_le(at + 4, entry.id);
        at += kEntry;
    }
    return value;
}

std::optional<Acl> decode_acl(std::string_view value) {
    if (value.size() < kHeader || (value.size() - kHeader) % kEntry != 0) return std::nullopt;
    const auto* at = reinterpret_cast<const std::uint8_t*>(value.data());
    const auto* const end = at + value.size();
    if (load_le<std::uint32_t>(at) != kVersion) return std::nullopt;
    Acl acl;
    acl.reserve((value.size() - kHeader) / kEntry);
    for (at += kHeader; at != end; at += kEntry) {
        const auto tag = load_le<std::uint16_t>(at);
        if (!is_tag(tag)) return std::nullopt;
        acl.push_back({.tag = Tag{tag},
                       .rights = load_le<std::uint16_t>(at + 2),
                       .id = load_le<std::uint32_t>(at + 4)});
    }
    if (!normalise(acl)) return std::nullopt;
    return acl;
}

bool is_minimal(const Acl& acl) noexcept {
    return std::ranges::none_of(
        acl, [](const AclEntry& entry) { return is_named(entry) || entry.tag == Tag::mask; });
}

std::uint16_t mode_with_acl(std::uint16_t mode, const Acl& acl) noexcept {
    const std::uint16_t owner = rights_of(acl, Tag::owner, 0);
    const std::uint16_t group = rights_of(acl, Tag::mask, rights_of(acl, Tag::owning_group, 0));
    const std::uint16_t other = rights_of(acl, Tag::other, 0);
    return static_cast<std::uint16_t>((mode & ~0777) | (owner << 6) | (group << 3) | other);
}

std::uint16_t mode_without_acl(std::uint16_t mode, std::string_view value) {
    const auto acl = decode_acl(value);
    return acl ? mode_without_acl(mode, *acl) : static_cast<std::uint16_t>(mode & ~0077);
}

std::uint16_t mode_without_acl(std::uint16_t mode, const Acl& acl) noexcept {
    const std::uint16_t mask = rights_of(acl, Tag::mask, kAllRights);
    std::uint16_t group = rights_of(acl, Tag::owning_group, 0) & mask;
    std::uint16_t other = rights_of(acl, Tag::other, 0);
    for (const AclEntry& entry : acl) {
        if (!is_named(entry)) continue;
        // A named user may be in the owning group, too; whoever is in a named group keeps what the
        // owning group allows.
        if (entry.tag == Tag::user) group &= entry.rights & mask;
        other &= entry.rights & mask;
    }
    const int allowed = (group << 3) | other;
    return static_cast<std::uint16_t>((mode & ~0077) | (mode & allowed));
}

}  // namespace holt::fs
