#include "codec/zstd/params.h"

#include <algorithm>
#include <bit>

#include "codec/zstd/compress.h"

namespace holt::zstd {
namespace {

constexpr unsigned kMinWindowLog = 10;  // RFC 8878 3.1.1.1.2
constexpr unsigned kMinHashLog = 6;

MatchParams level_params(int level) noexcept {
    if (level <= 0) {
        MatchParams p{Strategy::fast, 19, 13, 0, 0, 6, 1};
        p.target_length = static_cast<std::uint16_t>(std::max(1, -level));
        return p;
    }
    return {Strategy::fast, 19, 14, 0, 0, 7, 0};
}

}  // namespace

MatchParams choose_params(int level, std::size_t size) noexcept {
    MatchParams p = level_params(std::clamp(level, kMinLevel, kMaxLevel));
    if (size != kUnknownSize) {
        const unsigned size_log =
            std::max(kMinWindowLog, static_cast<unsigned>(std::bit_width(size > 0 ? size - 1 : 0)));
        if (size_log < p.window_log) p.window_log = static_cast<std::uint8_t>(size_log);
    }
    // More buckets than positions in the window serve nothing.
    const unsigned most = std::max(kMinHashLog, p.window_log + 1u);
    if (p.hash_log > most) p.hash_log = static_cast<std::uint8_t>(most);
    return p;
}

}  // namespace holt::zstd
