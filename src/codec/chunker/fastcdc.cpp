#include "codec/chunker/fastcdc.h"

#include <algorithm>
#include <array>

namespace holt::chunker {
namespace {

constexpr std::array<std::uint64_t, 256> kGear = [] {
    std::array<std::uint64_t, 256> gear{};
    std::uint64_t state = kSeed;
    for (auto& entry : gear) {
        state += 0x9e3779b97f4a7c15;
        std::uint64_t z = state;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
        z = (z ^ z >> 27) * 0x94d049bb133111eb;
        entry = z ^ z >> 31;
    }
    return gear;
}();

constexpr std::uint64_t kHardLimit = std::uint64_t{1} << (64 - kHardBits);
constexpr std::uint64_t kEasyLimit = std::uint64_t{1} << (64 - kEasyBits);

// In a run of one byte the hash is always -G[byte]: a run is never cut early.
static_assert(std::ranges::all_of(kGear, [](std::uint64_t g) { return 0 - g >= kEasyLimit; }));

// The first position of from <= n < to where H(n) is below `limit`, or `to`. `hash` is H(from - 1)
// before and H(to - 1) after, when nothing was found.
//
// The leading bits are zero exactly when the hash is below a power of two. Four positions a step:
// the sums over the new bytes do not depend on the hash before them, so the chain from step to step
// is one shift and one addition.
std::size_t scan(const std::uint8_t* data, std::size_t from, std::size_t to, std::uint64_t limit,
                 std::uint64_t& hash) noexcept {
    std::uint64_t h = hash;
    std::size_t n = from;
    for (; to - n >= 4; n += 4) {
        const std::uint8_t* const bytes = data + n - 1;
        const std::uint64_t one = kGear[bytes[0]];
        const std::uint64_t two = (one << 1) + kGear[bytes[1]];
        const std::uint64_t three = (two << 1) + kGear[bytes[2]];
        const std::uint64_t four = (three << 1) + kGear[bytes[3]];
        if ((h << 1) + one < limit) [[unlikely]]
            return n;
        if ((h << 2) + two < limit) [[unlikely]]
            return n + 1;
        if ((h << 3) + three < limit) [[unlikely]]
            return n + 2;
        h = (h << 4) + four;
        if (h < limit) [[unlikely]]
            return n + 3;
    }
    for (; n < to; ++n) {
        h = (h << 1) + kGear[data[n - 1]];
        if (h < limit) return n;
    }
    hash = h;
    return to;
}

/// H(n - 1), which a scan from n begins with.
std::uint64_t hash_before(ByteView data, std::size_t n) noexcept {
    std::uint64_t hash = 0;
    for (std::size_t i = n - kWindow; i < n - 1; ++i) hash = (hash << 1) + kGear[data[i]];
    return hash;
}

}  // namespace

std::size_t next_point(ByteView data, std::size_t from, int bits) noexcept {
    if (from >= data.size()) return 0;
    std::uint64_t hash = hash_before(data, from);
    const std::size_t n =
        scan(data.data(), from, data.size(), std::uint64_t{1} << (64 - bits), hash);
    return n < data.size() ? n : 0;
}

std::size_t next_cut(ByteView data, Input input) noexcept {
    const std::size_t end = std::min(data.size(), kMax);
    const std::size_t undecided = input == Input::ends || end == kMax ? end : 0;
    if (end <= kMin) return undecided;

    std::uint64_t hash = hash_before(data, kMin);
    const std::size_t hard_end = std::min(end, kNormal);
    std::size_t cut = scan(data.data(), kMin, hard_end, kHardLimit, hash);
    if (cut < hard_end) return cut;
    cut = scan(data.data(), hard_end, end, kEasyLimit, hash);
    return cut < end ? cut : undecided;
}

}  // namespace holt::chunker
