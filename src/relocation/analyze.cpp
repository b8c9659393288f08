#include "relocation/analyze.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <string>
#include <utility>

#include "base/utf8.h"
#include "relocation/boundary.h"
#include "relocation/elf.h"
#include "relocation/marshal.h"
#include "relocation/shebang.h"
#include "relocation/splices.h"
#include "relocation/sqlite_order.h"
#include "relocation/strings.h"

namespace holt::relocation {
namespace {

// Formats that are UTF-8 whatever the system's locale: a path that is not would break the file.
bool is_read_as_utf8(ByteView content, std::string_view path) {
    constexpr std::string_view kNames[] = {".py",   ".pyi", ".json", ".toml",
                                           ".yaml", ".yml", ".ipynb"};
    const bool named =
        std::ranges::any_of(kNames, [&](std::string_view name) { return path.ends_with(name); });
    const std::string_view text = as_text(content);
    const bool python = text.substr(0, first_line_length(text)).contains("python");
    return (named || python) && utf8_valid(text);
}

/// One file being taken apart. Offsets are those of the original until finish().
class Analysis {
  public:
    Analysis(ByteView content, const Where& where, const Prefixes& prefixes,
             const std::vector<Hit>& hits, Layout layout)
        : content_(content), where_(where), hits_(hits) {
        result_.layout = layout;
        result_.prefixes = prefixes;
        result_.kind = class_of(content, where.path);
    }

    std::optional<Relocation> run() {
        switch (result_.kind) {
            case Class::text:
            case Class::script:
                find_in_text();
                break;
            case Class::pyc:
                if (!find_in_pyc()) find_in_binary();
                break;
            case Class::elf:
                find_in_elf();
                break;
            case Class::packed:
                for (const Hit& hit : hits_) leave(hit);
                break;
            case Class::pickle:
                find_in_strings(pickle_strings(content_).value_or(std::vector<StringSpan>{}));
                break;
            case Class::sqlite:
                find_in_strings(sqlite_strings(content_));
                result_.order = order_of_keys(content_, result_.prefixes, moved_places());
                break;
            default:
                find_in_binary();
        }
        return finish();
    }

  private:
    std::size_t length(const Hit& hit) const { return result_.prefixes[hit.prefix].size(); }
    static std::string one(const Hit& hit) { return {Prefixes::byte_of(hit.prefix)}; }
    void add(Form form, const Hit& hit) {
        result_.places.push_back({.form = form, .offset = hit.offset, .pattern = one(hit)});
    }
    void leave(const Hit& hit) {
        if (result_.layout == Layout::same_length) add(Form::keep, hit);
    }

    // content[begin, end) with its prefixes as numbers; nothing when what looks like one is none.
    std::optional<std::string> pattern(std::uint64_t begin, std::uint64_t end) const {
        std::string text;
        std::uint64_t at = begin;
        for (const Hit& hit : hits_) {
            if (hit.offset < begin || hit.offset >= end) continue;
            if (!is_whole(hit)) return std::nullopt;
            text += text_of(at, hit.offset);
            text += Prefixes::byte_of(hit.prefix);
            at = hit.offset + length(hit);
        }
        if (at > end) return std::nullopt;
        text += text_of(at, end);
        const auto numbers = std::ranges::count_if(
            text, [&](char c) { return result_.prefixes.number_of(c).has_value(); });
        const auto meant = std::ranges::count_if(
            hits_, [&](const Hit& hit) { return hit.offset >= begin && hit.offset < end; });
        if (numbers != meant) return std::nullopt;  // it has such bytes of its own
        return text;
    }
    std::string_view text_of(std::uint64_t begin, std::uint64_t end) const {
        return as_text(content_.subspan(static_cast<std::size_t>(begin),
                                        static_cast<std::size_t>(end - begin)));
    }

    // Whether a hit is a path that begins and ends there, as its kind of file has it.
    bool is_whole(const Hit& hit) const {
        const bool text = result_.kind == Class::text || result_.kind == Class::script;
        return text ? is_whole_in(content_, hit.offset, length(hit))
                    : begins_in_binary(content_, hit.offset, length(hit)) &&
                          ends_in_binary(content_, hit.offset, length(hit));
    }
    static bool is_whole_in(ByteView text, std::size_t at, std::size_t length) {
        return begins_in_text(text, at) && ends_in_text(text, at + length);
    }

    // The first line of a script, if it names the folder; how many hits it takes.
    std::size_t add_line() {
        const std::size_t line = first_line_length(as_text(content_));
        std::size_t count = 0;
        while (count < hits_.size() && hits_[count].offset < line) ++count;
        if (count == 0) return 0;
        auto text = pattern(0, line);
        if (!text) return 0;
        Place place{.form = Form::line, .pattern = *std::move(text)};
        if (as_text(content_.subspan(line)).contains('\0')) place.type |= kPayload;
        if (is_utf8_) place.type |= kLineIsUtf8;
        result_.places.push_back(std::move(place));
        return count;
    }

    // A script may carry something binary behind its text: that is not touched, nor moved.
    void find_in_text() {
        is_utf8_ = is_read_as_utf8(content_, where_.path);
        const auto end = static_cast<std::uint64_t>(std::ranges::find(content_, std::uint8_t{0}) -
                                                    content_.begin());
        const Form form = end < content_.size() ? Form::fixed : is_utf8_ ? Form::utf8 : Form::text;
        for (std::size_t i = add_line(); i < hits_.size(); ++i) {
            if (hits_[i].offset < end && is_whole(hits_[i]))
                add(has_stated_length(hits_[i]) ? Form::fixed : form, hits_[i]);
            else
                leave(hits_[i]);
        }
    }

    // s:15:"/opt/env/lib/x", as PHP writes it, and the netstring 14:/opt/env/lib/x,
    bool has_stated_length(const Hit& hit) const {
        std::size_t at = static_cast<std::size_t>(hit.offset);
        const bool quoted = at > 0 && content_[at - 1] == '"';
        if (quoted) --at;
        if (at == 0 || content_[--at] != ':') return false;
        std::size_t stated = 0;
        for (std::size_t scale = 1; at > 0 && scale < 1'000'000'000; scale *= 10) {
            const std::uint8_t digit = content_[at - 1];
            if (digit < '0' || digit > '9') break;
            stated += scale * (digit - '0');
            --at;
        }
        if (stated < length(hit) || stated >= content_.size() - hit.offset) return false;
        return content_[hit.offset + stated] == (quoted ? '"' : ',');
    }

    void find_in_binary() {
        for (const Hit& hit : hits_) {
            if (is_whole(hit))
                add(Form::fixed, hit);
            else
                leave(hit);
        }
    }

    // Strings whose beginnings and ends are known; between them as in any binary file.
    void find_in_strings(const std::vector<StringSpan>& strings) {
        auto string = strings.begin();
        for (const Hit& hit : hits_) {
            const std::size_t at = static_cast<std::size_t>(hit.offset), end = at + length(hit);
            while (string != strings.end() && string->end() <= at) ++string;
            const bool is_in = string != strings.end() && string->begin <= at;
            const bool is_named = is_in
                                      ? end <= string->end() && is_whole_in_string(*string, at, end)
                                      : is_whole(hit);
            if (is_named)
                add(is_in && string->coding == StringSpan::Coding::ascii ? Form::ascii
                                                                         : Form::fixed,
                    hit);
            else
                leave(hit);
        }
    }
    std::vector<Place> moved_places() const {
        std::vector<Place> moved = result_.places;
        std::erase_if(moved, [](const Place& place) { return place.form == Form::keep; });
        return moved;
    }
    bool is_whole_in_string(const StringSpan& string, std::size_t at, std::size_t end) const {
        const ByteView text = content_.subspan(string.begin, string.length);
        if (string.goes_on && end == string.end()) return false;  // what follows is not here
        return string.coding == StringSpan::Coding::bytes
                   ? begins_in_binary(text, at - string.begin, end - at) &&
                         ends_in_binary(text, at - string.begin, end - at)
                   : is_whole_in(text, at - string.begin, end - at);
    }

    bool find_in_pyc() {
        const auto strings = marshal_strings(content_);
        if (!strings) return false;
        auto hit = hits_.begin();
        for (const MarshalString& string : *strings) {
            for (; hit != hits_.end() && hit->offset < string.begin; ++hit) leave(*hit);
            const std::size_t header = result_.places.size();
            bool is_named = false;
            for (; hit != hits_.end() && hit->offset + length(*hit) <= string.begin + string.length;
                 ++hit) {
                // What stands before the string is its length.
                const ByteView text = content_.subspan(string.begin, string.length);
                if (!is_whole_in(text, hit->offset - string.begin, length(*hit))) {
                    leave(*hit);
                    continue;
                }
                is_named = true;
                add(string.is_bytes() ? Form::text : Form::utf8, *hit);
            }
            if (!is_named) continue;
            const std::size_t inner = result_.places.size() - header;
            result_.places.insert(result_.places.begin() + static_cast<std::ptrdiff_t>(header),
                                  {.form = Form::header,
                                   .offset = string.header,
                                   .number = string.length,
                                   .type = string.type,
                                   .inner = static_cast<std::uint32_t>(inner)});
        }
        for (; hit != hits_.end(); ++hit) leave(*hit);
        return true;
    }

    // The C string that a hit is in, from the hit to its NUL.
    std::uint64_t end_of_string(const Hit& hit) const {
        const ByteView rest = content_.subspan(hit.offset);
        const void* nul = std::memchr(rest.data(), 0, rest.size());
        return nul == nullptr
                   ? content_.size()
                   : hit.offset + static_cast<std::uint64_t>(static_cast<const std::uint8_t*>(nul) -
                                                             rest.data());
    }

    void find_in_elf() {
        const auto elf = Elf::parse(content_);
        if (!elf) return find_in_binary();
        std::vector<Elf::Text> ranges;  // the prefix itself: what points behind it is left alone
        std::vector<Elf::Text> linked;
        for (const Hit& hit : hits_) {
            ranges.push_back({hit.offset, hit.offset + length(hit)});
            const auto text = elf->linked_string(hit.offset);
            if (text && (linked.empty() || linked.back().begin != text->begin))
                linked.push_back(*text);
        }
        const auto inside = elf->first_inside(ranges);
        const auto inside_linked = elf->first_inside(linked);
        for (std::size_t i = 0; i < hits_.size(); ++i) {
            const Hit& hit = hits_[i];
            if (!is_whole(hit)) {
                leave(hit);
            } else if (inside[i]) {
                add_cut(hit, *inside[i] - hit.offset);
            } else if (const auto text = elf->linked_string(hit.offset);
                       text && is_first_of(*text, i)) {
                const auto at = std::ranges::find(linked, text->begin, &Elf::Text::begin);
                const auto number = static_cast<std::size_t>(at - linked.begin());
                i += add_linked(*text, i, !inside_linked[number]) - 1;
            } else {
                add(Form::fixed, hit);
            }
        }
    }

    void add_cut(const Hit& hit, std::uint64_t room) {
        const std::uint64_t end = end_of_string(hit);
        auto text = pattern(hit.offset, end);
        // More than one path in it: nothing of it can be moved.
        const bool alone = text && std::none_of(text->begin() + 1, text->end(), [&](char c) {
                               return result_.prefixes.number_of(c).has_value();
                           });
        Place place{.form = Form::cut, .offset = hit.offset, .pattern = one(hit), .number = 0};
        if (alone) {
            place.pattern = *std::move(text);
            place.number = room;
        }
        result_.places.push_back(std::move(place));
    }

    bool is_first_of(const Elf::Text& text, std::size_t hit) const {
        return hit == 0 || hits_[hit - 1].offset < text.begin;
    }

    // How many hits it takes: all of the string. `alone`: nothing points into it.
    std::size_t add_linked(const Elf::Text& text, std::size_t first, bool alone) {
        std::size_t count = 0;
        while (first + count < hits_.size() && hits_[first + count].offset < text.end) ++count;
        auto whole = pattern(text.begin, text.end);
        if (!whole || !alone) {
            for (std::size_t i = first; i < first + count; ++i)
                if (is_whole(hits_[i]))
                    add(Form::fixed, hits_[i]);
                else
                    leave(hits_[i]);
            return count;
        }
        result_.places.push_back({.form = Form::linked,
                                  .offset = text.begin,
                                  .pattern = *whole,
                                  .other = relative_to_origin(*whole)});
        return count;
    }

    // The run path with $ORIGIN, the folder of the file itself, instead of the prefix. Where
    // another folder of the tree will stand, seen from this one, is not known: empty.
    std::string relative_to_origin(std::string_view whole) const {
        std::string origin = "$ORIGIN";
        for (const char c : where_.path)
            if (c == '/') origin += "/..";
        std::string text;
        for (const char c : whole) {
            const auto number = result_.prefixes.number_of(c);
            if (number && result_.prefixes.folder_of(*number) != where_.folder) return {};
            if (number)
                text += origin;
            else
                text += c;
        }
        return text;
    }

    // Offsets become those of the stored form; the stored form must give the original back.
    std::optional<Relocation> finish() {
        if (result_.places.empty()) return std::nullopt;
        std::int64_t shift = 0;
        for (std::size_t i = 0; i < result_.places.size(); ++i) {
            const auto original = bytes_of(result_, i, Side::original, {});
            const auto stored = bytes_of(result_, i, Side::stored, {});
            if (!original || !stored) return std::nullopt;
            Place& place = result_.places[i];
            place.offset =
                static_cast<std::uint64_t>(static_cast<std::int64_t>(place.offset) + shift);
            shift += static_cast<std::int64_t>(stored->size()) -
                     static_cast<std::int64_t>(original->size());
        }
        const auto to_stored = Splices::make(result_, Side::original, Side::stored);
        Bytes stored;
        if (!to_stored || !to_stored->apply(0, content_, stored)) return std::nullopt;
        return std::move(result_);
    }

    ByteView content_;
    const Where where_;
    const std::vector<Hit>& hits_;
    bool is_utf8_ = false;
    Relocation result_;
};

}  // namespace

std::optional<Relocation> analyze(ByteView content, const Where& where, const Prefixes& prefixes,
                                  const std::vector<Hit>& hits, Layout layout) {
    if (hits.empty()) return std::nullopt;
    return Analysis(content, where, prefixes, hits, layout).run();
}

}  // namespace holt::relocation
