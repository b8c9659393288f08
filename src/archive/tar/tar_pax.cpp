#include "archive/tar/tar_pax.h"

#include <charconv>
#include <limits>

namespace holt::store::tar {
namespace {

constexpr std::string_view kXattr = "SCHILY.xattr.";
constexpr std::string_view kBase64Xattr = "LIBARCHIVE.xattr.";

bool has_nul(std::string_view text) noexcept {
    return text.find('\0') != text.npos;
}

std::string decode_key(std::string_view name) {
    std::string plain;
    while (!name.empty()) {
        const bool escaped = name.starts_with("%3D") || name.starts_with("%25");
        plain += escaped ? (name[1] == '3' ? '=' : '%') : name[0];
        name.remove_prefix(escaped ? 3 : 1);
    }
    return plain;
}

const char* read_number(std::string_view value, std::optional<std::uint64_t>& into) {
    into = parse_decimal(value);
    return into ? nullptr : "an extended header has a number that is none, or is negative";
}

const char* read_name(std::string_view value, std::optional<std::string>& into) {
    if (has_nul(value)) return "a name with a NUL in it";
    if (value.empty()) return "an empty name";
    into = std::string(value);
    return nullptr;
}

int hex_value(char digit) noexcept {
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    return -1;
}

// libarchive writes every byte that is not plain ASCII as %XX.
std::string decode_url(std::string_view name) {
    std::string plain;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const bool escaped = name[i] == '%' && i + 2 < name.size() && hex_value(name[i + 1]) >= 0 &&
                             hex_value(name[i + 2]) >= 0;
        if (escaped) {
            plain += static_cast<char>(hex_value(name[i + 1]) << 4 | hex_value(name[i + 2]));
            i += 2;
        } else {
            plain += name[i];
        }
    }
    return plain;
}

int base64_value(char c) noexcept {
    constexpr std::string_view kAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const std::size_t at = kAlphabet.find(c);
    return at == kAlphabet.npos ? -1 : static_cast<int>(at);
}

// RFC 4648 section 4, with or without padding.
std::optional<std::string> decode_base64(std::string_view text) {
    while (text.ends_with('=')) text.remove_suffix(1);
    if (text.size() % 4 == 1) return std::nullopt;
    std::string bytes;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : text) {
        const int value = base64_value(c);
        if (value < 0) return std::nullopt;
        bits = (bits << 6 | static_cast<std::uint32_t>(value)) & 0xFFFFFF;
        count += 6;
        if (count < 8) continue;
        count -= 8;
        bytes += static_cast<char>(bits >> count);
    }
    return bytes;
}

const char* add_xattr(std::string name, std::string_view value, PaxScope scope,
                      std::map<std::string, std::string>& into) {
    if (name.empty() || name.size() > 255 || has_nul(name))
        return "an attribute whose name has a wrong length or a NUL";
    if (value.size() > (64u << 10)) return "an attribute's value is over 65,536 bytes";
    if (scope == PaxScope::all) {
        into.insert_or_assign(std::move(name), std::string(value));
        return nullptr;
    }
    return into.emplace(std::move(name), value).second ? nullptr : "the same attribute twice";
}

const char* read_base64_xattr(std::string_view name, std::string_view value, PaxScope scope,
                              Pax& pax) {
    const auto bytes = decode_base64(value);
    if (!bytes) return "an attribute whose value is no base64";
    return add_xattr(decode_url(name), *bytes, scope, pax.other_xattrs);
}

const char* read_acl(std::string_view value, std::optional<std::string>& into) {
    if (has_nul(value)) return "an access control list that is none";
    into = std::string(value);
    return nullptr;
}

// Metadata that a tree has no place for. What says no more than other records do, or nothing about
// the file (times of access, names of owners, comments), is passed over.
bool is_lost_metadata(std::string_view key) noexcept {
    return key == "SCHILY.acl.ace" || key == "SCHILY.fflags";
}

const char* read_sparse(std::string_view key, std::string_view value, Pax& pax) {
    if (key == "major") return read_number(value, pax.sparse_major);
    if (key == "minor") return read_number(value, pax.sparse_minor);
    if (key == "name") return read_name(value, pax.sparse_name);
    if (key == "size" || key == "realsize") {
        const auto before = pax.sparse_size;
        if (const char* const problem = read_number(value, pax.sparse_size)) return problem;
        return before.value_or(*pax.sparse_size) == *pax.sparse_size
                   ? nullptr
                   : "two sizes of one sparse file";
    }
    if (key == "map") {
        pax.sparse_map = std::string(value);
        return nullptr;
    }
    if (key == "offset" || key == "numbytes") {
        const auto number = parse_decimal(value);
        const bool is_length = key == "numbytes";
        if (!number || (pax.sparse_numbers.size() % 2 == 1) != is_length)
            return "a sparse map that is none";
        pax.sparse_numbers.push_back(*number);
    }
    return nullptr;  // numblocks: counted here
}

/// What an empty value for all entries means: an earlier one no longer holds.
bool take_back(std::string_view key, Pax& pax) {
    if (key == "path") return pax.path.reset(), true;
    if (key == "linkpath") return pax.link.reset(), true;
    if (key == "uid") return pax.uid.reset(), true;
    if (key == "gid") return pax.gid.reset(), true;
    if (key == "mtime") return pax.mtime.reset(), true;
    if (key == "SCHILY.acl.access") return pax.access_acl.reset(), true;
    if (key == "SCHILY.acl.default") return pax.default_acl.reset(), true;
    return false;
}

const char* read_record(std::string_view key, std::string_view value, PaxScope scope, Pax& pax) {
    const bool for_all = scope == PaxScope::all;
    if (for_all && value.empty() && take_back(key, pax)) return nullptr;
    if (key.starts_with("GNU.sparse.")) {
        if (for_all) return "a header for all entries that describes one";
        return read_sparse(key.substr(11), value, pax);
    }
    if (key.starts_with("GNU.volume.")) {
        pax.multi_volume = true;
        return nullptr;
    }
    if (key == "path" || key == "linkpath" || key == "size") {
        if (for_all && key == "size") return "a header for all entries that describes one";
        if (key == "size") return read_number(value, pax.size);
        return read_name(value, key == "path" ? pax.path : pax.link);
    }
    if (key == "uid") return read_number(value, pax.uid);
    if (key == "gid") return read_number(value, pax.gid);
    if (key == "mtime") {
        pax.mtime = parse_time(value);
        return pax.mtime ? nullptr : "a time that is none, or is out of range";
    }
    if (key.starts_with(kXattr))
        return add_xattr(decode_key(key.substr(kXattr.size())), value, scope, pax.xattrs);
    if (key.starts_with(kBase64Xattr))
        return read_base64_xattr(key.substr(kBase64Xattr.size()), value, scope, pax);
    if (key == "SCHILY.acl.access") return read_acl(value, pax.access_acl);
    if (key == "SCHILY.acl.default") return read_acl(value, pax.default_acl);
    // What `tar --selinux` writes: an attribute without its name.
    if (key == "RHT.security.selinux")
        pax.other_xattrs.insert_or_assign("security.selinux", std::string(value));
    if (is_lost_metadata(key)) pax.lost.emplace(key);
    // The name of a character set does not matter: names are bytes.
    return nullptr;
}

}  // namespace

std::optional<std::uint64_t> parse_decimal(std::string_view text) noexcept {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<Time> parse_time(std::string_view text) noexcept {
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    const std::size_t point = text.find('.');
    const auto seconds = parse_decimal(text.substr(0, point));
    std::int64_t ns = 0;
    bool more = false;  // digits beyond the nanoseconds
    if (point != text.npos) {
        std::string_view digits = text.substr(point + 1);
        std::int64_t unit = kNanosecondsPerSecond;
        for (const char digit : digits) {
            if (digit < '0' || digit > '9') return std::nullopt;
            unit /= 10;
            ns += unit * (digit - '0');
            more |= unit == 0 && digit != '0';
        }
    }
    constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (!seconds || *seconds > kMost) return std::nullopt;
    const auto whole = static_cast<std::int64_t>(*seconds);
    if (!negative) return Time{.seconds = whole, .nanoseconds = static_cast<std::uint32_t>(ns)};
    // Down from the start. What is finer than a nanosecond is rounded down, like the times of the
    // kernel.
    ns += more ? 1 : 0;
    if (ns == 0) return Time{.seconds = -whole};
    return Time{.seconds = -whole - 1,
                .nanoseconds = static_cast<std::uint32_t>(kNanosecondsPerSecond - ns)};
}

const char* read_pax(ByteView bytes, PaxScope scope, Pax& pax) {
    std::string_view rest = as_text(bytes);
    while (!rest.empty()) {
        // A length has at most 8 digits, and its record ends where it says.
        const std::size_t space = rest.substr(0, 9).find(' ');
        if (space == rest.npos || space == 0 || rest[0] == '0')
            return "an extended header that is malformed";
        const auto length = parse_decimal(rest.substr(0, space));
        if (!length || *length > rest.size() || *length < space + 3)
            return "an extended header whose lengths do not fit";
        const std::string_view record = rest.substr(space + 1, *length - space - 1);
        const std::size_t equals = record.find('=');
        if (record.back() != '\n' || equals == record.npos || equals == 0)
            return "an extended header that is malformed";
        const std::string_view key = record.substr(0, equals);
        if (has_nul(key)) return "an extended header that is malformed";
        const std::string_view value = record.substr(equals + 1, record.size() - equals - 2);
        if (const char* problem = read_record(key, value, scope, pax)) return problem;
        rest.remove_prefix(*length);
    }
    return nullptr;
}

std::uint64_t bytes_of(const Pax& pax) noexcept {
    std::uint64_t bytes = 0;
    for (const auto* text : {&pax.path, &pax.link, &pax.access_acl, &pax.default_acl})
        bytes += *text ? (*text)->size() : 0;
    for (const auto* xattrs : {&pax.xattrs, &pax.other_xattrs})
        for (const auto& [name, value] : *xattrs) bytes += name.size() + value.size();
    return bytes;
}

void append_record(Bytes& out, std::string_view key, std::string_view value) {
    // The length counts its own digits.
    const std::size_t rest = 1 + key.size() + 1 + value.size() + 1;
    std::size_t length = rest;
    for (std::size_t with = 0; with != length;) {
        with = length;
        length = rest + std::to_string(with).size();
    }
    const std::string head = std::to_string(length) + " ";
    for (const std::string_view part :
         {std::string_view(head), key, std::string_view("="), value, std::string_view("\n")}) {
        out.insert(out.end(), part.begin(), part.end());
    }
}

std::string time_text(Time time) {
    // A negative time with a fraction is written as the seconds above it and what lies between. The
    // least number of seconds has no positive partner, but is one as unsigned.
    const bool negative = time.seconds < 0;
    const bool between = negative && time.nanoseconds > 0;
    auto seconds = static_cast<std::uint64_t>(time.seconds);
    if (negative) seconds = 0 - seconds - (between ? 1 : 0);
    const std::int64_t ns =
        between ? kNanosecondsPerSecond - time.nanoseconds : std::int64_t{time.nanoseconds};
    std::string text = negative ? "-" : "";
    text += std::to_string(seconds);
    if (ns == 0) return text;
    std::string digits = std::to_string(ns);
    digits.insert(0, 9 - digits.size(), '0');
    digits.erase(digits.find_last_not_of('0') + 1);
    return text + "." + digits;
}

std::string encode_key(std::string_view name) {
    std::string key;
    for (const char c : name) {
        if (c == '=') {
            key += "%3D";
        } else if (c == '%') {
            key += "%25";
        } else {
            key += c;
        }
    }
    return key;
}

}  // namespace holt::store::tar
