#include "archive/io/placed.h"

#include <algorithm>

namespace holt::store {
namespace {

// What lies near is read in large pieces. A jump is not: an archive whose entries stand in no order
// must not make each of them cost a large read.
constexpr std::size_t kLarge = std::size_t{256} << 10, kSmall = std::size_t{4} << 10;
constexpr std::uint64_t kNear = 64 << 10;

}  // namespace

Status PlacedReader::fill(std::uint64_t offset, std::size_t least) {
    const bool near = offset >= begin_ && offset - begin_ <= filled_ + kNear;
    const std::uint64_t there = size() - std::min(offset, size());
    const auto wanted = static_cast<std::size_t>(
        std::min<std::uint64_t>(std::max(least, near ? kLarge : kSmall), there));
    if (window_.size() < wanted) window_.resize(wanted);
    HOLT_TRY_LET(got, bytes_.read_at(offset, MutableByteView(window_).first(wanted)));
    begin_ = offset;
    filled_ = got;
    if (got >= least) return {};
    return fail(ErrorKind::corrupt, "read archive", shown_,
                "it ends too early, after " + std::to_string(offset + got) + " bytes",
                Advice::get_whole_copy);
}

Result<ByteView> PlacedReader::exactly(std::uint64_t offset, std::size_t count) {
    const bool here = offset >= begin_ && offset - begin_ <= filled_ &&
                      filled_ - static_cast<std::size_t>(offset - begin_) >= count;
    if (!here) HOLT_TRY(fill(offset, count));
    return ByteView(window_).subspan(static_cast<std::size_t>(offset - begin_), count);
}

Result<ByteView> PlacedReader::some(std::uint64_t offset, std::uint64_t limit) {
    HOLT_TRY(exactly(offset, 1));
    const auto from = static_cast<std::size_t>(offset - begin_);
    return ByteView(window_).subspan(
        from, static_cast<std::size_t>(std::min<std::uint64_t>(filled_ - from, limit)));
}

}  // namespace holt::store
