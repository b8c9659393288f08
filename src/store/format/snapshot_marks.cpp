#include "store/format/snapshot_marks.h"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/endian.h"
#include "codec/xxhash64/xxhash64.h"

namespace holt::store {
namespace {

constexpr std::array<std::uint8_t, 8> kMagic = {'h', 'o', 'l', 't', 'm', 'a', 'r', 'k'};
constexpr const char* kOperation = "read snapshot marks";

// Where things stand in a record.
constexpr std::size_t kKindAt = 1, kNameLengthAt = 2, kZerosAt = 3, kIdAt = 8, kChecksumAt = 40,
                      kNameAt = 48;
constexpr std::size_t kMaxName = 255;
constexpr std::size_t kPieceHead = 2;  // of a piece of labels: its number, and how many there are
constexpr std::size_t kHeaderChecksumAt = kMarkUnit - 8;

// Kinds from here on may be passed over by a reader that does not know them.
constexpr std::uint8_t kFirstOptionalKind = 128;

constexpr std::size_t rounded_up(std::size_t bytes) noexcept {
    return (bytes + kMarkUnit - 1) / kMarkUnit * kMarkUnit;
}

std::uint64_t checksum(ByteView record, std::uint64_t offset) noexcept {
    constexpr std::array<std::uint8_t, 8> kZeros{};
    std::array<std::uint8_t, 8> place{};
    store_le(place.data(), offset);
    zstd::XxHash64 hash;
    hash.update(ByteView(kZeros).first(1));
    hash.update(record.subspan(kKindAt, kChecksumAt - kKindAt));
    hash.update(kZeros);
    hash.update(record.subspan(kNameAt));
    hash.update(place);
    return hash.digest();
}

bool is_state(std::uint8_t byte) noexcept {
    return byte == static_cast<std::uint8_t>(MarkState::pending) ||
           byte == static_cast<std::uint8_t>(MarkState::settled);
}

// The bytes of the record that begins here, or nothing when none does.
std::optional<ByteView> record_at(ByteView file, std::size_t at) noexcept {
    if (file.size() - at < kMarkUnit) return std::nullopt;
    const std::size_t size = rounded_up(kNameAt + file[at + kNameLengthAt]);
    if (size > file.size() - at) return std::nullopt;
    const ByteView record = file.subspan(at, size);
    const bool sound = is_state(record[0]) && record[kKindAt] != 0 &&
                       load_le<std::uint64_t>(&record[kChecksumAt]) == checksum(record, at);
    return sound ? std::optional(record) : std::nullopt;
}

bool is_zero(ByteView bytes) noexcept {
    return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

Mark read_mark(ByteView record) {
    Mark mark{.kind = static_cast<MarkKind>(record[kKindAt]),
              .state = static_cast<MarkState>(record[0])};
    std::ranges::copy(record.subspan(kIdAt, Digest::kSize), mark.id.bytes.begin());
    mark.name = std::string(as_text(record.subspan(kNameAt, record[kNameLengthAt])));
    return mark;
}

Status check_header(ByteView file, const std::string& object) {
    const bool sound = file.size() >= kMarkUnit && equal(file.first(kMagic.size()), kMagic) &&
                       load_le<std::uint64_t>(&file[kHeaderChecksumAt]) ==
                           zstd::xxhash64(file.first(kHeaderChecksumAt));
    if (!sound)
        return fail(ErrorKind::corrupt, kOperation, object, "it does not begin as marks do",
                    Advice::repair_store);
    if (load_le<std::uint32_t>(&file[kMagic.size()]) != kMarksVersion)
        return fail(ErrorKind::no_store, kOperation, object, "it was made by a newer holt",
                    "use that version");
    return {};
}

}  // namespace

Bytes encode_marks_header() {
    Bytes header(kMarkUnit, 0);
    std::ranges::copy(kMagic, header.begin());
    store_le(&header[kMagic.size()], kMarksVersion);
    store_le(&header[kHeaderChecksumAt], zstd::xxhash64(ByteView(header).first(kHeaderChecksumAt)));
    return header;
}

std::size_t mark_size(const Mark& mark) noexcept {
    return rounded_up(kNameAt + std::min(mark.name.size(), kMaxName));
}

void encode_mark(const Mark& mark, std::uint64_t offset, Bytes& out) {
    const std::size_t begin = out.size();
    out.resize(begin + mark_size(mark), 0);
    const MutableByteView record = MutableByteView(out).subspan(begin);
    const ByteView name = as_bytes(mark.name).first(std::min(mark.name.size(), kMaxName));
    record[0] = static_cast<std::uint8_t>(mark.state);
    record[kKindAt] = static_cast<std::uint8_t>(mark.kind);
    record[kNameLengthAt] = static_cast<std::uint8_t>(name.size());
    std::ranges::copy(mark.id.bytes, record.begin() + kIdAt);
    std::ranges::copy(name, record.begin() + kNameAt);
    store_le(&record[kChecksumAt], checksum(record, offset));
}

void append_labels(const Digest& id, std::string_view labels, std::vector<Mark>& marks) {
    constexpr std::size_t kPiece = kMaxName - kPieceHead;
    const std::size_t count = std::max<std::size_t>((labels.size() + kPiece - 1) / kPiece, 1);
    for (std::size_t i = 0; i < count; ++i) {
        std::string piece{static_cast<char>(i), static_cast<char>(count)};
        piece += labels.substr(std::min(i * kPiece, labels.size()), kPiece);
        marks.push_back({.kind = MarkKind::labelled, .id = id, .name = std::move(piece)});
    }
}

Result<Marks> decode_marks(ByteView file, const std::string& object) {
    HOLT_TRY(check_header(file, object));
    Marks marks;
    for (std::size_t at = kMarkUnit; at < file.size();) {
        const std::optional<ByteView> record = record_at(file, at);
        if (!record) {
            at += kMarkUnit;
            continue;
        }
        marks.damaged += (at - marks.end) / kMarkUnit;
        marks.end = at + record->size();
        const std::uint8_t kind = (*record)[kKindAt];
        const bool known = kind <= static_cast<std::uint8_t>(MarkKind::labelled);
        if (!known && kind < kFirstOptionalKind)
            return fail(ErrorKind::no_store, kOperation, object, "a newer holt has written to it",
                        "use that version");
        const std::size_t name_end = kNameAt + (*record)[kNameLengthAt];
        if (!is_zero(record->subspan(kZerosAt, kIdAt - kZerosAt)) ||
            !is_zero(record->subspan(name_end)))
            return fail(ErrorKind::corrupt, kOperation, object,
                        "the record at " + std::to_string(at) + " is not written as records are",
                        Advice::repair_store);
        if (known) marks.all.push_back({read_mark(*record), at});
        at = marks.end;
    }
    for (std::size_t at = marks.end; at < file.size(); at += kMarkUnit) {
        const ByteView unit = file.subspan(at, std::min(kMarkUnit, file.size() - at));
        const bool pending = unit[0] == static_cast<std::uint8_t>(MarkState::pending);
        marks.doubtful += !pending && !is_zero(unit);
    }
    return marks;
}

std::vector<Mark> Marks::acknowledged() const {
    std::unordered_map<Digest, std::size_t> last;  // settled event of each snapshot
    for (std::size_t i = 0; i < all.size(); ++i)
        if (all[i].mark.state == MarkState::settled && all[i].mark.kind != MarkKind::labelled)
            last[all[i].mark.id] = i;
    std::vector<Mark> found;
    std::unordered_set<Digest> seen;
    for (const auto& [mark, offset] : all) {
        if (mark.kind != MarkKind::committed || mark.state != MarkState::settled) continue;
        const Mark& now = all[last[mark.id]].mark;
        if (now.kind == MarkKind::committed && seen.insert(mark.id).second) found.push_back(now);
    }
    return found;
}

std::unordered_set<Digest> Marks::forgotten() const {
    std::unordered_set<Digest> found;
    for (const auto& [mark, offset] : all) {
        if (mark.state != MarkState::settled) continue;
        if (mark.kind == MarkKind::forgotten) found.insert(mark.id);
        if (mark.kind == MarkKind::committed) found.erase(mark.id);
    }
    return found;
}

std::unordered_map<Digest, MarkKind> Marks::pending() const {
    std::unordered_map<Digest, MarkKind> found;
    for (const auto& [mark, offset] : all) {
        if (mark.kind == MarkKind::labelled) continue;
        if (mark.state == MarkState::pending)
            found.insert_or_assign(mark.id, mark.kind);
        else
            found.erase(mark.id);
    }
    return found;
}

std::unordered_map<Digest, std::string> Marks::labels(Which which) const {
    std::unordered_map<Digest, std::string> found;
    const Digest* of = nullptr;  // whose set is being put together
    std::string labels;
    std::size_t next = 0;
    for (const auto& [mark, offset] : all) {
        const bool counts = mark.kind == MarkKind::labelled && mark.name.size() >= kPieceHead &&
                            (which == Which::all || mark.state == MarkState::settled);
        if (!counts) {
            of = nullptr;
            continue;
        }
        const auto number = static_cast<unsigned char>(mark.name[0]);
        const auto count = static_cast<unsigned char>(mark.name[1]);
        if (number == 0) {
            of = &mark.id;
            labels.clear();
            next = 0;
        }
        if (of == nullptr || *of != mark.id || number != next) {
            of = nullptr;
            continue;
        }
        labels += mark.name.substr(kPieceHead);
        if (++next < count) continue;
        found.insert_or_assign(mark.id, std::exchange(labels, {}));
        of = nullptr;
    }
    return found;
}

std::unordered_set<Digest> Marks::mentioned() const {
    std::unordered_set<Digest> found;
    for (const auto& [mark, offset] : all) found.insert(mark.id);
    return found;
}

}  // namespace holt::store
