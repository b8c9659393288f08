#include "codec/gzip/join.h"

#include <algorithm>
#include <array>

namespace holt::gzip {

std::size_t open_end(MutableByteView stream, std::size_t size, InflateStream& scratch) noexcept {
    scratch.reset();
    ByteView rest = ByteView(stream).first(size);
    for (;;) {
        const auto step = scratch.run(rest);
        if (step.finished || step.malformed) break;
        rest = rest.subspan(step.consumed);
    }
    const std::uint64_t flag = scratch.last_block_bit(), end = scratch.end_bit();
    stream[static_cast<std::size_t>(flag / 8)] &= static_cast<std::uint8_t>(~(1u << flag % 8));
    // The three bits of a stored block's header are zeros, as what fills up the last byte is.
    auto at = static_cast<std::size_t>((end + 3 + 7) / 8);
    if (at > size) stream[size] = 0;
    constexpr std::array<std::uint8_t, 4> kEmpty = {0, 0, 0xFF, 0xFF};
    std::ranges::copy(kEmpty, stream.begin() + static_cast<std::ptrdiff_t>(at));
    return at + kEmpty.size();
}

}  // namespace holt::gzip
