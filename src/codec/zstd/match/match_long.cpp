#include "codec/zstd/match/match_long.h"

#include <algorithm>
#include <array>
#include <new>

#include "codec/zstd/format/compress_primitives.h"

namespace holt::zstd {
namespace {

constexpr std::array<std::uint64_t, 256> kGear = [] {
    // SplitMix64 (Steele, Lea, Flood 2014).
    std::array<std::uint64_t, 256> gear{};
    std::uint64_t state = 0x686f6c742d6c646d;
    for (std::uint64_t& entry : gear) {
        state += 0x9e3779b97f4a7c15;
        std::uint64_t z = state;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
        z = (z ^ z >> 27) * 0x94d049bb133111eb;
        entry = z ^ z >> 31;
    }
    return gear;
}();

constexpr std::uint64_t kHashed = 64;  // a byte leaves the hash after so many shifts
constexpr std::uint64_t kLeastLength = 64;
/// A match that goes on at the same distance has its offset coded already.
constexpr std::uint64_t kLeastGoingOn = 32;
constexpr unsigned kSplitBits = 7;  // one position of 2^this is a split point
constexpr std::uint64_t kSplitLimit = std::uint64_t{1} << (64 - kSplitBits);
constexpr unsigned kBucketLog = 3;  // 2^this entries: one cache line
constexpr unsigned kMinBucketBits = 4;

constexpr unsigned bucket_bits(unsigned window_log) noexcept {
    return std::max(window_log, kSplitBits + kBucketLog + kMinBucketBits) - kSplitBits - kBucketLog;
}

}  // namespace

LongMatchFinder::LongMatchFinder(unsigned window_log, std::uint32_t least_distance,
                                 HistoryRing ring)
    : ring_(ring),
      // The offset value is the distance plus 3.
      most_distance_(
          std::min((std::uint64_t{1} << window_log), (std::uint64_t{1} << kMaxLongWindowLog) - 4)),
      least_distance_(least_distance),
      bucket_bits_(bucket_bits(window_log)),
      entries_(static_cast<Entry*>(
          std::calloc(std::size_t{1} << (bucket_bits_ + kBucketLog), sizeof(Entry)))),
      next_(static_cast<std::uint8_t*>(std::calloc(std::size_t{1} << bucket_bits_, 1))) {
    if (!entries_ || !next_) throw std::bad_alloc();
}

void LongMatchFinder::find(std::uint64_t begin, std::uint64_t end,
                           std::vector<LongMatch>& matches) {
    Stretch stretch{begin, end, begin, matches};
    go_on_with_last(stretch);
    const std::uint8_t* const data = ring_.data + begin % ring_.size;
    const std::uint64_t size = end - begin;
    std::uint64_t hash = hash_;
    for (std::uint64_t i = 0; i < size; ++i) {
        hash = (hash << 1) + kGear[data[i]];
        if (hash >= kSplitLimit) [[likely]]
            continue;
        const std::uint64_t at = begin + i + 1;
        if (at < floor_ + kHashed) continue;
        // The top bits are all zero, and equal strings have all bits equal: mixed anew.
        const std::uint64_t mixed = hash * 0x9E3779B97F4A7C15u;
        const std::size_t number = static_cast<std::size_t>(mixed >> (64 - bucket_bits_));
        const std::uint32_t check = static_cast<std::uint32_t>(mixed >> 8);
        Entry* const bucket = entries_.get() + (number << kBucketLog);
        if (at > stretch.anchor) look_up(bucket, check, at, stretch);
        std::uint8_t& next = next_.get()[number];
        bucket[next] = {static_cast<std::uint32_t>(at), check};
        next = (next + 1) & ((1u << kBucketLog) - 1);
    }
    hash_ = hash;
    last_distance_ = !matches.empty() && stretch.anchor == end ? matches.back().distance : 0;
}

/// The cut between two stretches goes through a match: what is behind it needs no split point.
void LongMatchFinder::go_on_with_last(Stretch& stretch) {
    if (last_distance_ == 0) return;
    const std::uint64_t length =
        equal_ahead(stretch.begin, stretch.begin - last_distance_, stretch.end - stretch.begin);
    if (length >= kLeastGoingOn) add(stretch, stretch.begin, length, last_distance_);
}

/// `at` is behind the bytes that were hashed. The longest match counts, of equals the nearest.
void LongMatchFinder::look_up(const Entry* bucket, std::uint32_t check, std::uint64_t at,
                              Stretch& stretch) {
    std::uint64_t best = kLeastLength - 1;
    std::uint64_t best_begin = 0;
    std::uint32_t best_distance = 0;
    for (unsigned i = 0; i < (1u << kBucketLog); ++i) {
        if (bucket[i].check != check || bucket[i].position == 0) continue;
        const std::uint32_t distance = static_cast<std::uint32_t>(at) - bucket[i].position;
        if (distance == 0 || distance > most_distance_ || distance > at) continue;
        if (distance < least_distance_) continue;
        const std::uint64_t from = at - distance;
        const std::uint64_t ahead = equal_ahead(at, from, stretch.end - at);
        const std::uint64_t behind =
            equal_behind(at, from, std::min(at - stretch.anchor, from - floor_));
        const std::uint64_t length = ahead + behind;
        if (length < best || (length == best && distance >= best_distance)) continue;
        best = length;
        best_begin = at - behind;
        best_distance = distance;
    }
    if (best >= kLeastLength) add(stretch, best_begin, best, best_distance);
}

void LongMatchFinder::add(Stretch& stretch, std::uint64_t begin, std::uint64_t length,
                          std::uint32_t distance) {
    stretch.matches.push_back({static_cast<std::uint32_t>(begin - stretch.begin),
                               static_cast<std::uint32_t>(length), distance});
    stretch.anchor = begin + length;
}

/// How many bytes from positions `a` and `b` on are equal, `most` at most.
std::uint64_t LongMatchFinder::equal_ahead(std::uint64_t a, std::uint64_t b,
                                           std::uint64_t most) const noexcept {
    std::uint64_t done = 0;
    while (done < most) {
        const std::size_t in_a = static_cast<std::size_t>((a + done) % ring_.size);
        const std::size_t in_b = static_cast<std::size_t>((b + done) % ring_.size);
        const std::uint8_t* const at_a = ring_.data + in_a;
        const std::uint8_t* const at_b = ring_.data + in_b;
        // Up to the end of the ring on either side.
        const std::uint64_t run =
            std::min({most - done, static_cast<std::uint64_t>(ring_.size - in_a),
                      static_cast<std::uint64_t>(ring_.size - in_b)});
        std::uint64_t same = 0;
        while (run - same >= 8) {
            const std::uint64_t difference = load64(at_a + same) ^ load64(at_b + same);
            if (difference != 0) {
                return done + same + (static_cast<unsigned>(__builtin_ctzll(difference)) >> 3);
            }
            same += 8;
        }
        while (same < run && at_a[same] == at_b[same]) ++same;
        done += same;
        if (same < run) break;
    }
    return done;
}

/// The same backwards from the bytes before `a` and `b`.
std::uint64_t LongMatchFinder::equal_behind(std::uint64_t a, std::uint64_t b,
                                            std::uint64_t most) const noexcept {
    std::uint64_t done = 0;
    while (done < most) {
        const std::size_t in_a = static_cast<std::size_t>((a - done - 1) % ring_.size) + 1;
        const std::size_t in_b = static_cast<std::size_t>((b - done - 1) % ring_.size) + 1;
        // Down to the start of the ring on either side.
        const std::uint64_t run = std::min({most - done, std::uint64_t{in_a}, std::uint64_t{in_b}});
        std::uint64_t same = 0;
        while (same < run && ring_.data[in_a - same - 1] == ring_.data[in_b - same - 1]) ++same;
        done += same;
        if (same < run) break;
    }
    return done;
}

}  // namespace holt::zstd
