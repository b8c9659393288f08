#include "store/format/relocation_codec.h"

#include <algorithm>
#include <utility>

#include "relocation/splices.h"

namespace holt::store {
namespace {

using relocation::Form;
using relocation::Place;
using relocation::Prefixes;
using relocation::Relocation;
using relocation::Side;

constexpr std::size_t kMostPattern = 64u << 10;
constexpr std::uint64_t kMostLength = 0xFFFFFFFF;

enum class Nested : std::uint8_t { no, yes };

void write_places(WireWriter& out, const Relocation& relocation, const std::vector<Place>& places) {
    Relocation whole{
        .layout = relocation.layout, .prefixes = relocation.prefixes, .places = places};
    out.varint(places.size());
    std::uint64_t at = 0;
    for (std::size_t i = 0; i < places.size(); ++i) {
        const Place& place = places[i];
        out.byte(static_cast<std::uint8_t>(place.form));
        out.varint(place.offset - at);
        at = place.offset + bytes_of(whole, i, Side::stored, {}).value_or("").size();
        switch (place.form) {
            case Form::text:
            case Form::fixed:
            case Form::keep:
            case Form::utf8:
            case Form::ascii:
                out.byte(static_cast<std::uint8_t>(
                    relocation.prefixes.number_of(place.pattern.at(0)).value_or(0)));
                break;
            case Form::line:
                out.byte(place.type);
                out.text(place.pattern);
                break;
            case Form::header:
                out.byte(place.type);
                out.varint(place.number);
                out.varint(place.inner);
                break;
            case Form::linked:
                out.text(place.pattern);
                out.text(place.other);
                break;
            case Form::cut:
                out.text(place.pattern);
                out.varint(place.number);
                break;
            case Form::source:
                out.varint(place.number);
                write_places(out, relocation, place.source);
                break;
        }
    }
}

std::string read_pattern(WireReader& in) {
    return std::string(as_text(in.text(1, kMostPattern, "a place's text is too long")));
}

// 0: not known; else how many neighbours there are, and one.
void write_order(WireWriter& out, const relocation::KeyOrder& order) {
    out.varint(order.known ? order.neighbours.size() + 1 : 0);
    for (const relocation::Neighbours& keys : order.neighbours) {
        out.text(keys.first);
        out.text(keys.second);
    }
}

relocation::KeyOrder read_order(WireReader& in) {
    const std::size_t count = in.count(2, "more keys than there are bytes");
    relocation::KeyOrder order{.known = count != 0};
    for (std::size_t i = 1; i < count && in.ok(); ++i) {
        std::string first(as_text(in.text(0, kMostPattern, "a key is too long")));
        std::string second(as_text(in.text(0, kMostPattern, "a key is too long")));
        order.neighbours.push_back({std::move(first), std::move(second)});
    }
    return order;
}

Place read_place(WireReader& in, const Relocation& relocation, Nested nested);

std::vector<Place> read_places(WireReader& in, const Relocation& relocation, Nested nested) {
    const std::size_t count = in.count(3, "more places than there are bytes");
    Relocation whole{.layout = relocation.layout, .prefixes = relocation.prefixes};
    std::uint64_t limit = kMostLength << 16;  // more than a file's places can add up to
    for (std::size_t i = 0; i < count && in.ok(); ++i) {
        whole.places.push_back(read_place(in, relocation, nested));
        limit -= std::min(limit, whole.places.back().offset);
        in.require(limit > 0, "a place lies outside of the file");
    }
    // Only now are the places of a string behind its header.
    std::uint64_t at = 0;
    for (std::size_t i = 0; i < whole.places.size() && in.ok(); ++i) {
        const auto stored = bytes_of(whole, i, Side::stored, {});
        const bool is_there = stored && bytes_of(whole, i, Side::original, {});
        if (!in.require(is_there, "a place that no file can have")) break;
        whole.places[i].offset += at;
        at = whole.places[i].offset + stored->size();
    }
    return std::move(whole.places);
}

Place read_place(WireReader& in, const Relocation& relocation, Nested nested) {
    Place place;
    const std::uint8_t form = in.byte();
    if (form >= relocation::kForms) in.refuse_version("a place has a form that is not known");
    if (!in.ok()) return place;
    place.form = static_cast<Form>(form);
    place.offset = in.varint(kMostLength << 8, "a place lies outside of the file");
    switch (place.form) {
        case Form::text:
        case Form::fixed:
        case Form::keep:
        case Form::utf8:
        case Form::ascii: {
            const std::uint8_t number = in.byte();
            in.require(number < relocation.prefixes.size(),
                       "a place names a prefix that is not there");
            place.pattern = std::string(1, Prefixes::byte_of(number));
            break;
        }
        case Form::line:
            place.type = in.byte();
            in.require(place.type < relocation::kLineTypes, "a first line of an unknown kind");
            place.pattern = read_pattern(in);
            break;
        case Form::header:
            place.type = in.byte();
            place.number = in.varint(kMostLength, "a string is too long");
            place.inner = static_cast<std::uint32_t>(
                in.varint(kMostLength, "more places than there are bytes"));
            break;
        case Form::linked:
            place.pattern = read_pattern(in);
            place.other = as_text(in.text(0, kMostPattern, "a place's text is too long"));
            break;
        case Form::cut:
            place.pattern = read_pattern(in);
            place.number = in.varint(kMostLength, "a string is too long");
            break;
        case Form::source:
            place.number = in.varint(kMostLength, "a source is too long");
            if (in.require(nested == Nested::no, "a source in a source"))
                place.source = read_places(in, relocation, Nested::yes);
            break;
    }
    return place;
}

Prefixes read_prefixes(WireReader& in) {
    const std::uint64_t count = in.varint(2 * Prefixes::kMost, "too many prefixes");
    std::vector<std::string> texts;
    for (std::uint64_t i = 0; i < count && in.ok(); ++i)
        texts.emplace_back(as_text(in.text(0, 4095, "a prefix is too long")));
    if (!in.require(!texts.empty(), "no prefix")) return {};
    auto prefixes = Prefixes::from_texts(texts);
    in.require(prefixes && prefixes->texts() == texts, "a prefix that no tree can have");
    return prefixes ? *std::move(prefixes) : Prefixes{};
}

}  // namespace

Bytes encode_relocation(const Relocation& relocation) {
    Bytes bytes;
    WireWriter out(bytes);
    out.byte(static_cast<std::uint8_t>(relocation.kind));
    out.byte(static_cast<std::uint8_t>(relocation.layout));
    const std::vector<std::string> texts = relocation.prefixes.texts();
    out.varint(texts.size());
    for (const std::string& text : texts) out.text(text);
    if (relocation.kind == relocation::Class::sqlite) write_order(out, relocation.order);
    write_places(out, relocation, relocation.places);
    return bytes;
}

namespace {

Relocation read_relocation(WireReader& in) {
    Relocation relocation;
    const std::uint8_t kind = in.byte(), layout = in.byte();
    in.require(kind < relocation::kClasses && layout <= 1, "an unknown kind of file");
    if (!in.ok()) return relocation;
    relocation.kind = static_cast<relocation::Class>(kind);
    relocation.layout = static_cast<relocation::Layout>(layout);
    relocation.prefixes = read_prefixes(in);
    if (in.ok() && relocation.kind == relocation::Class::sqlite) relocation.order = read_order(in);
    if (in.ok()) relocation.places = read_places(in, relocation, Nested::no);
    return relocation;
}

}  // namespace

Result<Relocation> decode_relocation(ByteView bytes, std::uint64_t size,
                                     std::uint64_t stored_size) {
    WireReader in(bytes);
    Relocation relocation = read_relocation(in);
    if (in.require(!relocation.places.empty(), "a file that names no folder")) {
        const std::size_t last = relocation.places.size() - 1;
        const std::uint64_t end = relocation.places[last].offset +
                                  bytes_of(relocation, last, Side::stored, {}).value_or("").size();
        const auto back = relocation::Splices::make(relocation, Side::stored, Side::original);
        in.require(back && end <= stored_size && back->size_of(stored_size) == size,
                   "places that do not fit the file");
    }
    HOLT_TRY(in.finish("read places", ""));
    return relocation;
}

Result<Relocation> relocation_of(const TreeEntry& entry) {
    WireReader in(entry.relocation);
    Relocation relocation = read_relocation(in);
    HOLT_TRY(in.finish("read places", entry.name));
    return relocation;
}

}  // namespace holt::store
