// The marks: which snapshots were committed, and which were forgotten, kept outside of the catalog.
//
// A pack may hold the record of a snapshot that was never committed, or that was forgotten since.
// So packs alone cannot say which snapshots there are, and the catalog alone cannot say that it was
// put back to an older copy. The marks can: one record for each event, appended and never moved.
//
//   header    64 bytes: magic "holtmark", version u32, zeros, xxHash64 of these 56
//   records   each 64 bytes or a multiple, so that one that is damaged does not hide the next:
//     0   u8    state: 0x0F pending, 0xF0 settled
//     1   u8    kind: 1 committed, 2 forgotten, 3 labelled
//     2   u8    length of the name
//     3         5 zeros
//     8         id of the snapshot, 32 bytes
//    40   u64   xxHash64 of the record (state and this field taken as zeros), then of its offset
//    48         the name, then zeros up to the record's end
//
// What `tag` sets is a labelled record, or several one after the other: in place of the name each
// has its number among them (u8), how many they are (u8), and a piece of the labels. The last whole
// set of a snapshot counts.
//
// The state is not covered by the checksum: it is the one byte that is ever overwritten. Its two
// values differ in every bit. What stands behind the last sound record is what a writer that died
// left half written; what stands before it and is not sound is damage.
// docs/FORMAT.md has an example. Thread rule: values and pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <holt/digest.hpp>
#include "base/bytes.h"
#include "base/error.h"

namespace holt::store {

inline constexpr std::uint32_t kMarksVersion = 1;
inline constexpr std::size_t kMarkUnit = 64;  ///< bytes of the header; records are multiples

enum class MarkKind : std::uint8_t { committed = 1, forgotten = 2, labelled = 3 };
/// Pending: the event was about to be committed to the catalog. Settled: it was.
enum class MarkState : std::uint8_t { pending = 0x0F, settled = 0xF0 };

struct Mark {
    MarkKind kind = MarkKind::committed;
    MarkState state = MarkState::pending;
    Digest id{};         ///< of the snapshot
    std::string name{};  ///< that the catalog knows it by, may be empty; a piece of its labels
    bool operator==(const Mark&) const = default;
};

Bytes encode_marks_header();
/// Appends a record that will lie at `offset`.
void encode_mark(const Mark& mark, std::uint64_t offset, Bytes& out);
/// How many bytes the record takes.
std::size_t mark_size(const Mark& mark) noexcept;

/// The longest labels that the marks can say.
inline constexpr std::size_t kMaxLabels = 32u << 10;
/// Appends the records that say which labels a snapshot has: `labels` are bytes of somebody else's.
void append_labels(const Digest& id, std::string_view labels, std::vector<Mark>& marks);

struct Marks {
    struct Placed {
        Mark mark;
        std::uint64_t offset = 0;  ///< in the file, a multiple of kMarkUnit
    };
    std::vector<Placed> all{};      ///< in the order of the events
    std::uint64_t end = kMarkUnit;  ///< where the last sound record ends
    std::uint64_t damaged = 0;      ///< units before that which are no record
    /// Units behind that which a writer that died would not have left: neither zeros nor the begin
    /// of a pending record.
    std::uint64_t doubtful = 0;

    /// Committed and not forgotten since, in the order of their first commits, each as its last
    /// mark has it: one that was brought back, or got another name, keeps its place.
    std::vector<Mark> acknowledged() const;
    /// Forgotten and not committed again.
    std::unordered_set<Digest> forgotten() const;
    /// Snapshots whose last event is pending, and which it is: the catalog says whether it
    /// happened.
    std::unordered_map<Digest, MarkKind> pending() const;
    /// The labels that a snapshot was given last. `which`: only what is settled counts, or all.
    enum class Which : std::uint8_t { settled, all };
    std::unordered_map<Digest, std::string> labels(Which which) const;
    /// Whatever has a record, of whatever kind and state.
    std::unordered_set<Digest> mentioned() const;
};

/// `corrupt` when the header is not one, `no_store` when it is of a newer version, or when a record
/// is of a kind that a reader must know.
Result<Marks> decode_marks(ByteView file, const std::string& object);

}  // namespace holt::store
