#include "archive/tar/acl.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace holt::store {
namespace {

using Tag = fs::AclEntry::Tag;

// The kernel takes lists of 8,191 entries at most: XATTR_SIZE_MAX.
constexpr std::size_t kMaxEntries = 8191;

std::optional<std::uint32_t> parse_id(std::string_view text) {
    std::uint32_t id = 0;
    const char* const end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, id);
    if (text.empty() || error != std::errc{} || at != end || id == fs::kNoId) return std::nullopt;
    return id;
}

std::optional<std::uint16_t> parse_rights(std::string_view text) {
    constexpr std::string_view kLetters = "rwx";
    if (text.size() != kLetters.size()) return std::nullopt;
    std::uint16_t rights = 0;
    for (std::size_t i = 0; i < kLetters.size(); ++i) {
        if (text[i] != kLetters[i] && text[i] != '-') return std::nullopt;
        rights = static_cast<std::uint16_t>(rights << 1 | (text[i] == kLetters[i] ? 1 : 0));
    }
    return rights;
}

std::optional<Tag> parse_tag(std::string_view tag, bool named) {
    if (tag == "user" || tag == "u") return named ? Tag::user : Tag::owner;
    if (tag == "group" || tag == "g") return named ? Tag::group : Tag::owning_group;
    if (named) return std::nullopt;
    if (tag == "mask" || tag == "m") return Tag::mask;
    if (tag == "other" || tag == "o") return Tag::other;
    return std::nullopt;
}

/// The parts between the colons of an entry: 3 or 4.
struct Fields {
    std::array<std::string_view, 4> parts{};
    std::size_t count = 0;
};
std::optional<Fields> split(std::string_view entry) {
    Fields fields;
    for (;;) {
        if (fields.count == fields.parts.size()) return std::nullopt;
        const std::size_t colon = entry.find(':');
        fields.parts[fields.count++] = entry.substr(0, colon);
        if (colon == entry.npos) break;
        entry.remove_prefix(colon + 1);
    }
    if (fields.count < 3) return std::nullopt;
    return fields;
}

bool add_entry(std::string_view text, fs::AccountNames& names, AclText& into) {
    const auto fields = split(text);
    if (!fields) return false;
    const auto& [tag_text, name, rights_text, id_text] = fields->parts;
    const auto tag = parse_tag(tag_text, !name.empty());
    const auto rights = parse_rights(rights_text);
    if (!tag || !rights) return false;
    fs::AclEntry entry{.tag = *tag, .rights = *rights};
    if (name.empty()) {
        if (!id_text.empty()) return false;
        into.acl.push_back(entry);
        return true;
    }
    if (fields->count == 4 && !id_text.empty()) {
        const auto id = parse_id(id_text);
        if (!id) return false;
        entry.id = *id;
    } else if (name.find_first_not_of("0123456789") == name.npos) {
        const auto number = parse_id(name);
        if (!number) return false;
        entry.id = *number;
    } else {
        const auto account = *tag == Tag::user ? fs::Account::user : fs::Account::group;
        const auto id = names.find(account, name);
        if (!id) {
            into.unknown.emplace_back(name);
            into.of_unknown.push_back(entry);
            return true;
        }
        entry.id = *id;
    }
    into.acl.push_back(entry);
    return true;
}

/// A list with named entries needs a mask, and not all programs write one: it allows what they
/// say, as setfacl makes it.
void add_missing_mask(fs::Acl& acl) {
    bool named = false;
    std::uint16_t rights = 0;
    for (const fs::AclEntry& entry : acl) {
        if (entry.tag == Tag::mask) return;
        named |= entry.tag == Tag::user || entry.tag == Tag::group;
        if (entry.tag != Tag::owner && entry.tag != Tag::other) rights |= entry.rights;
    }
    if (named) acl.push_back({.tag = Tag::mask, .rights = rights});
}

std::string_view name_of(Tag tag) noexcept {
    switch (tag) {
        case Tag::owner:
        case Tag::user:
            return "user";
        case Tag::owning_group:
        case Tag::group:
            return "group";
        case Tag::mask:
            return "mask";
        case Tag::other:
            break;
    }
    return "other";
}

}  // namespace

std::optional<AclText> parse_acl_text(std::string_view text, fs::AccountNames& names) {
    AclText parsed;
    while (!text.empty()) {
        const std::size_t end = text.find_first_of(",\n");
        const std::string_view entry = text.substr(0, end);
        text.remove_prefix(end == text.npos ? text.size() : end + 1);
        if (entry.empty()) continue;
        if (parsed.acl.size() + parsed.unknown.size() >= kMaxEntries) return std::nullopt;
        if (!add_entry(entry, names, parsed)) return std::nullopt;
    }
    if (parsed.acl.empty() && parsed.unknown.empty()) return parsed;
    add_missing_mask(parsed.acl);
    if (!fs::normalise(parsed.acl)) return std::nullopt;
    return parsed;
}

std::string acl_text(const fs::Acl& acl) {
    std::string text;
    for (const fs::AclEntry& entry : acl) {
        text += name_of(entry.tag);
        text += ':';
        const bool named = entry.tag == Tag::user || entry.tag == Tag::group;
        if (named) text += std::to_string(entry.id);
        text += ':';
        text += (entry.rights & 4) != 0 ? 'r' : '-';
        text += (entry.rights & 2) != 0 ? 'w' : '-';
        text += (entry.rights & 1) != 0 ? 'x' : '-';
        text += '\n';
    }
    return text;
}

}  // namespace holt::store
