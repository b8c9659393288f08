#include "relocation/relocation.h"

#include <algorithm>
#include <array>

#include "base/endian.h"
#include "base/utf8.h"
#include "relocation/marshal.h"
#include "relocation/shebang.h"
#include "relocation/splices.h"
#include "relocation/sqlite_order.h"
#include "relocation/target.h"

namespace holt::relocation {
namespace {

constexpr std::string_view kPlaceholder = "/holt-placeholder";

// The pattern with what stands for each prefix.
template <class Path>
std::string expand(const Prefixes& prefixes, std::string_view pattern, Path&& path) {
    std::string text;
    for (const char c : pattern) {
        if (const auto number = prefixes.number_of(c))
            text += path(*number);
        else
            text += c;
    }
    return text;
}

std::string original_text(const Relocation& relocation, std::string_view pattern) {
    return expand(relocation.prefixes, pattern,
                  [&](std::size_t i) { return relocation.prefixes[i]; });
}

// Those forms whose length may change.
bool is_elastic(Form form) noexcept {
    return form == Form::text || form == Form::utf8 || form == Form::line;
}

bool is_ascii(std::string_view text) noexcept {
    return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

std::string stored_text(const Relocation& relocation, const Place& place) {
    const Layout layout = is_elastic(place.form) ? relocation.layout : Layout::same_length;
    return expand(relocation.prefixes, place.pattern, [&](std::size_t i) {
        return placeholder(layout, relocation.prefixes[i].size());
    });
}

std::string filled_text(const Relocation& relocation, std::string_view pattern,
                        const Target& target) {
    const Prefixes& prefixes = relocation.prefixes;
    return expand(prefixes, pattern, [&](std::size_t i) {
        return filled(target.moved(prefixes, i), prefixes[i].size());
    });
}

bool is_longer(const Relocation& relocation, const Place& place, const Target& target) {
    return std::ranges::any_of(place.pattern, [&](char c) {
        const auto number = relocation.prefixes.number_of(c);
        return number && target.is_longer(relocation.prefixes, *number);
    });
}

// The string ends before the bytes that are used by themselves, and those stay.
std::optional<std::string> cut_text(const Relocation& relocation, const Place& place,
                                    const Target& target) {
    const Prefixes& prefixes = relocation.prefixes;
    std::string text = original_text(relocation, place.pattern);
    const std::string moved =
        expand(prefixes, place.pattern, [&](std::size_t i) { return target.moved(prefixes, i); });
    if (moved == text) return text;
    if (moved.size() + 1 > place.number || moved.size() + 1 > text.size()) return std::nullopt;
    text.replace(0, moved.size() + 1, moved + '\0');
    return text;
}

std::optional<std::string> linked_text(const Relocation& relocation, const Place& place,
                                       const Target& target) {
    if (!is_longer(relocation, place, target))
        return filled_text(relocation, place.pattern, target);
    const std::size_t room = original_text(relocation, place.pattern).size();
    if (place.other.empty() || place.other.size() > room) return std::nullopt;
    return place.other + std::string(room - place.other.size(), '\0');
}

// A marshalled string's type and length, as its places make it.
std::optional<std::string> header_bytes(const Relocation& relocation, std::size_t index, Side side,
                                        std::string_view target) {
    const Place& place = relocation.places[index];
    std::uint64_t length = place.number;
    Letters letters = Letters::ascii;
    for (std::size_t i = index + 1; i <= index + place.inner; ++i) {
        if (i >= relocation.places.size()) return std::nullopt;
        const auto original = bytes_of(relocation, i, Side::original, target);
        const auto now = bytes_of(relocation, i, side, target);
        if (!original || !now) return std::nullopt;
        length += now->size() - original->size();
        // What it was before has the type for it.
        if (side == Side::moved && *now != *original && !is_ascii(*now)) letters = Letters::any;
    }
    return marshal_header(place.type, length, letters);
}

std::string source_size(const Relocation& relocation, const Place& place, Side side,
                        std::string_view target) {
    std::uint64_t size = place.number;
    if (side == Side::moved) {
        const Relocation source{
            .layout = relocation.layout, .prefixes = relocation.prefixes, .places = place.source};
        // As a restore that accepts it would write the source.
        const std::string accepted =
            Target(target).leaves() ? std::string(target) : Target::leaving(std::string(target));
        if (const auto moved = Splices::make(source, Side::original, Side::moved, accepted))
            size = moved->size_of(size);
    }
    std::array<char, 4> bytes;
    store_le(bytes.data(), static_cast<std::uint32_t>(size));
    return std::string(bytes.data(), bytes.size());
}

// Some formats cannot hold every path.
bool can_hold(const Relocation& relocation, const Place& place, const Target& target) {
    const bool ascii = place.form == Form::ascii;
    const bool utf8 = place.form == Form::utf8 || relocation.kind == Class::pickle ||
                      relocation.kind == Class::sqlite ||
                      (place.form == Form::line && (place.type & kLineIsUtf8) != 0);
    if (!ascii && !utf8) return true;
    return std::ranges::all_of(place.pattern, [&](char c) {
        const auto number = relocation.prefixes.number_of(c);
        if (!number) return true;
        const std::string_view moved = target.moved(relocation.prefixes, *number);
        return moved == relocation.prefixes[*number] ||
               (ascii ? is_ascii(moved) : utf8_valid(moved));
    });
}

std::optional<std::string> moved_bytes(const Relocation& relocation, const Place& place,
                                       const Target& target) {
    if (!can_hold(relocation, place, target)) return std::nullopt;
    switch (place.form) {
        case Form::text:
        case Form::utf8:
            return filled_text(relocation, place.pattern, target);
        case Form::line:
            return moved_line(original_text(relocation, place.pattern), relocation.prefixes,
                              (place.type & kPayload) != 0, target);
        case Form::linked:
            return linked_text(relocation, place, target);
        case Form::fixed:
        case Form::ascii:
            if (is_longer(relocation, place, target)) return std::nullopt;
            return filled_text(relocation, place.pattern, target);
        case Form::cut:
            return cut_text(relocation, place, target);
        default:
            return original_text(relocation, place.pattern);
    }
}

}  // namespace

std::string_view name(Class kind) noexcept {
    constexpr std::array<std::string_view, kClasses> kNames = {
        "text",   "script", "pyc",    "elf",    "archive",
        "sqlite", "pickle", "binary", "packed", "symlink"};
    return kNames[static_cast<std::size_t>(kind)];
}

std::string placeholder(Layout layout, std::size_t length) {
    std::string text(kPlaceholder);
    if (layout == Layout::same_length) text.resize(length, '-');
    return text;
}

std::string filled(std::string_view path, std::size_t length) {
    std::string text(path);
    if (text.size() < length) text.resize(length, '/');
    return text;
}

std::optional<std::string> bytes_of(const Relocation& relocation, std::size_t index, Side side,
                                    std::string_view target) {
    const Place& place = relocation.places[index];
    if (place.form == Form::header) return header_bytes(relocation, index, side, target);
    if (place.form == Form::source) return source_size(relocation, place, side, target);
    if (side == Side::original) return original_text(relocation, place.pattern);
    if (side == Side::stored) return stored_text(relocation, place);
    auto moved = moved_bytes(relocation, place, Target(target));
    if (!moved && Target(target).leaves()) return original_text(relocation, place.pattern);
    return moved;
}

bool keeps_order(const Relocation& relocation, std::string_view target) {
    const KeyOrder& order = relocation.order;
    if (order.known && order.neighbours.empty()) return true;
    const Target to(target);
    // As a column is written: a place that cannot be moved stays.
    const auto written = [&](const std::string& pattern) {
        return expand(relocation.prefixes, pattern, [&](std::size_t i) {
            const Place place{.form = Form::fixed, .pattern = {Prefixes::byte_of(i)}};
            return moved_bytes(relocation, place, to).value_or(relocation.prefixes[i]);
        });
    };
    if (!order.known) {
        std::string all;
        for (std::size_t i = 0; i < relocation.prefixes.size(); ++i) all += Prefixes::byte_of(i);
        return written(all) == original_text(relocation, all);
    }
    return std::ranges::all_of(order.neighbours, [&](const Neighbours& keys) {
        return compare_alike(original_text(relocation, keys.first),
                             original_text(relocation, keys.second), written(keys.first),
                             written(keys.second));
    });
}

std::string problem_at(const Relocation& relocation, std::string_view target) {
    for (std::size_t i = 0; i < relocation.places.size(); ++i) {
        const Place& place = relocation.places[i];
        const bool is_other = place.form == Form::header;  // the cause is a place in the string
        if (is_other || bytes_of(relocation, i, Side::moved, target)) continue;
        if (!can_hold(relocation, place, Target(target)))
            return place.form == Form::ascii ? "the new path is not ASCII, and the file must be"
                                             : "the new path is not UTF-8, and the file must be";
        switch (place.form) {
            case Form::line:
                return "its first line can neither be that long nor begin with /bin/sh";
            case Form::cut:
                return "the end of the path is also used by itself (" +
                       printable(original_text(relocation, place.pattern)) + ")";
            default:
                return "the new path is longer, and the file has no room for it";
        }
    }
    if (keeps_order(relocation, target)) return {};
    return relocation.order.known ? "the keys of its SQLite index would be out of order there"
                                  : "the keys of its SQLite index may be out of order there";
}

std::optional<std::string> moved_symlink(std::string_view link, const Prefixes& prefixes,
                                         std::string_view target) {
    const auto leads_into = [&](std::string_view folder) {
        return link.starts_with(folder) &&
               (link.size() == folder.size() || link[folder.size()] == '/');
    };
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < prefixes.size(); ++i)
        if (leads_into(prefixes[i]) && (!found || prefixes[i].size() > prefixes[*found].size()))
            found = i;
    if (!found) return std::nullopt;
    const std::size_t prefix = *found;
    return std::string(Target(target).moved(prefixes, prefix)) +
           std::string(link.substr(prefixes[prefix].size()));
}

}  // namespace holt::relocation
