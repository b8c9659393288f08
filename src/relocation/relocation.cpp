#include "relocation/relocation.h"

#include <algorithm>
#include <array>

#include "base/endian.h"
#include "relocation/finder.h"
#include "relocation/marshal.h"
#include "relocation/shebang.h"
#include "relocation/splices.h"
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
    return form == Form::text || form == Form::line;
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
    for (std::size_t i = index + 1; i <= index + place.inner; ++i) {
        if (i >= relocation.places.size()) return std::nullopt;
        const auto original = bytes_of(relocation, i, Side::original, target);
        const auto now = bytes_of(relocation, i, side, target);
        if (!original || !now) return std::nullopt;
        length += now->size() - original->size();
    }
    return marshal_header(place.type, length);
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

std::optional<std::string> moved_bytes(const Relocation& relocation, const Place& place,
                                       const Target& target) {
    switch (place.form) {
        case Form::text:
            return filled_text(relocation, place.pattern, target);
        case Form::line:
            return moved_line(original_text(relocation, place.pattern), relocation.prefixes,
                              place.type != 0, target);
        case Form::linked:
            return linked_text(relocation, place, target);
        case Form::fixed:
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

std::string problem_at(const Relocation& relocation, std::string_view target) {
    for (std::size_t i = 0; i < relocation.places.size(); ++i) {
        if (bytes_of(relocation, i, Side::moved, target)) continue;
        switch (relocation.places[i].form) {
            case Form::line:
                return "its first line can neither be that long nor begin with /bin/sh";
            case Form::cut:
                return "the end of the path is also used by itself (" +
                       printable(original_text(relocation, relocation.places[i].pattern)) + ")";
            default:
                return "the new path is longer, and the file has no room for it";
        }
    }
    return {};
}

std::optional<std::string> moved_symlink(std::string_view link, const Prefixes& prefixes,
                                         std::string_view target) {
    const Finder finder(prefixes);
    const std::vector<Hit> hits = finder.find(as_bytes(link));
    if (hits.empty() || hits.front().offset != 0) return std::nullopt;
    const std::size_t prefix = hits.front().prefix;
    return std::string(Target(target).moved(prefixes, prefix)) +
           std::string(link.substr(prefixes[prefix].size()));
}

}  // namespace holt::relocation
