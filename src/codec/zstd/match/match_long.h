// Long-distance matching: repeats at a distance of many windows, found before the level's own
// finder looks for those that are near.
//
// A gear hash rolls over the input; where its top bits are zero, which depends on the last 64 bytes
// alone, lies a split point, so that equal stretches have them at equal places. The 64 bytes before
// a split point are looked up by the hash in a table of buckets, which holds one position of about
// 128 and so is small beside the window. Candidates are compared with what is really there and
// extended both ways; the longest becomes a match.
// Thread rule: one object, one thread at a time; others may read the history meanwhile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

namespace holt::zstd {

/// A match that is worth any distance. `begin` counts from the start of the job it lies in.
struct LongMatch {
    std::uint32_t begin;
    std::uint32_t length;
    std::uint32_t distance;
};

inline constexpr unsigned kMinLongWindowLog = 10;
inline constexpr unsigned kMaxLongWindowLog = 30;  ///< offset values of the encoder have 30 bits
/// The last stretch of the input, in a ring: the byte at position p lies at data[p % size].
struct HistoryRing {
    const std::uint8_t* data = nullptr;
    std::size_t size = 0;
};

class LongMatchFinder {
  public:
    /// `ring` holds at least 2^window_log bytes before every stretch that find() is called for.
    /// Matches nearer than `least_distance` are left to others. Throws std::bad_alloc.
    LongMatchFinder(unsigned window_log, std::uint32_t least_distance, HistoryRing ring);

    /// Before this position there is nothing to refer to. 0 unless called, before the first find().
    void begin_at(std::uint64_t position) noexcept { floor_ = position; }
    /// Appends the matches of [begin, end) in order; they do not overlap. Stretches are given one
    /// behind the other, and each is contiguous in the ring.
    void find(std::uint64_t begin, std::uint64_t end, std::vector<LongMatch>& matches);

  private:
    struct Entry {
        std::uint32_t position;  // low bits of the position behind the 64 bytes; 0: none
        std::uint32_t check;     // bits of their hash that the bucket's number does not have
    };
    struct Free {
        void operator()(void* p) const noexcept { std::free(p); }
    };
    /// What find() is working on.
    struct Stretch {
        std::uint64_t begin, end;
        std::uint64_t anchor;  // where the last match ended
        std::vector<LongMatch>& matches;
    };

    void go_on_with_last(Stretch& stretch);
    void look_up(const Entry* bucket, std::uint32_t check, std::uint64_t at, Stretch& stretch);
    void add(Stretch& stretch, std::uint64_t begin, std::uint64_t length, std::uint32_t distance);
    std::uint64_t equal_ahead(std::uint64_t a, std::uint64_t b, std::uint64_t most) const noexcept;
    std::uint64_t equal_behind(std::uint64_t a, std::uint64_t b, std::uint64_t most) const noexcept;

    const HistoryRing ring_;
    const std::uint64_t most_distance_;
    const std::uint32_t least_distance_;
    const unsigned bucket_bits_;  // 2^this buckets
    std::unique_ptr<Entry, Free> entries_;
    std::unique_ptr<std::uint8_t, Free> next_;  // for each bucket the entry to replace next
    std::uint64_t floor_ = 0;
    std::uint64_t hash_ = 0;
    std::uint32_t last_distance_ = 0;  // of a match that ended with the stretch before; 0: none did
};

}  // namespace holt::zstd
