#include "relocation/analyze.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <string>
#include <utility>

#include "relocation/elf.h"
#include "relocation/marshal.h"
#include "relocation/shebang.h"
#include "relocation/splices.h"

namespace holt::relocation {
namespace {

bool has_nul(ByteView content) noexcept {
    return !content.empty() && std::memchr(content.data(), 0, content.size()) != nullptr;
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

    // content[begin, end) with its prefixes as numbers.
    std::optional<std::string> pattern(std::uint64_t begin, std::uint64_t end) const {
        std::string text;
        std::uint64_t at = begin;
        for (const Hit& hit : hits_) {
            if (hit.offset < begin || hit.offset >= end) continue;
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

    // In UTF-8 a byte of 0x80 and more is part of a name.
    bool is_whole_in_text(const Hit& hit) const {
        const std::size_t end = hit.offset + length(hit);
        return begins_path(content_, hit.offset) &&
               (hit.offset == 0 || content_[hit.offset - 1] < 0x80) &&
               (end == content_.size() || content_[end] < 0x80);
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
        place.type = has_nul(content_.subspan(line)) ? 1 : 0;
        result_.places.push_back(std::move(place));
        return count;
    }

    // A script may carry something binary behind its text: that is not touched, nor moved.
    void find_in_text() {
        const auto end = static_cast<std::uint64_t>(std::ranges::find(content_, std::uint8_t{0}) -
                                                    content_.begin());
        const Form form = end < content_.size() ? Form::fixed : Form::text;
        for (std::size_t i = add_line(); i < hits_.size(); ++i) {
            if (hits_[i].offset < end && is_whole_in_text(hits_[i]))
                add(form, hits_[i]);
            else
                leave(hits_[i]);
        }
    }

    // A length or an opcode may stand right before a path.
    bool is_whole_in_binary(const Hit& hit) const {
        if (begins_path(content_, hit.offset)) return true;
        const auto at = static_cast<std::size_t>(hit.offset);
        const std::uint8_t before = content_[at - 1];
        if (result_.kind == Class::pickle) {
            constexpr std::uint8_t kShortUnicode = 0x8C;
            return at >= 2 && before >= length(hit) &&
                   (content_[at - 2] == kShortUnicode || content_[at - 2] == 'U' ||
                    content_[at - 2] == 'C');
        }
        if (result_.kind != Class::sqlite || before < 13 || before % 2 == 0) return false;
        // The last number of a record's header: twice the text's length, and 13.
        const std::size_t stated = (before - 13u) / 2;
        if (stated < length(hit) || stated > content_.size() - at) return false;
        return std::ranges::all_of(content_.subspan(at, stated),
                                   [](std::uint8_t byte) { return byte >= 0x20; });
    }

    void find_in_binary() {
        for (const Hit& hit : hits_) {
            if (is_whole_in_binary(hit))
                add(Form::fixed, hit);
            else
                leave(hit);
        }
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
                if (!begins_path(text, hit->offset - string.begin)) {
                    leave(*hit);
                    continue;
                }
                is_named = true;
                add(Form::text, *hit);
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
            if (!is_whole_in_binary(hit)) {
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
            for (std::size_t i = first; i < first + count; ++i) add(Form::fixed, hits_[i]);
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
    Relocation result_;
};

}  // namespace

Class class_of(ByteView content, std::string_view path) noexcept {
    const std::string_view text = as_text(content.first(std::min<std::size_t>(content.size(), 64)));
    if (path.ends_with(".pyc") && text.size() > 4 && text.substr(2, 2) == "\r\n") return Class::pyc;
    if (is_elf(content)) return Class::elf;
    if (text.starts_with("!<arch>\n")) return Class::archive;
    if (text.starts_with(std::string_view("SQLite format 3\0", 16))) return Class::sqlite;
    if (text.starts_with("PK\3\4") || text.starts_with("\x1F\x8B")) return Class::packed;
    if (text.starts_with("#!")) return Class::script;
    if (!has_nul(content) && !text.starts_with('\x80')) return Class::text;
    const bool pickle = text.size() > 2 && text[0] == '\x80' && text[1] >= 2 && text[1] <= 5 &&
                        content.back() == '.';
    return pickle ? Class::pickle : Class::binary;
}

std::optional<Relocation> analyze(ByteView content, const Where& where, const Prefixes& prefixes,
                                  const std::vector<Hit>& hits, Layout layout) {
    if (hits.empty()) return std::nullopt;
    return Analysis(content, where, prefixes, hits, layout).run();
}

}  // namespace holt::relocation
