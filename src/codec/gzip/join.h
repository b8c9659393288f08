// Deflate streams one behind the other as one stream, so that several threads can each compress a
// piece of a file that must be one stream. Neither library here can be told that a piece is not the
// last, so its stream is changed: the flag of its last block is cleared, and an empty stored block
// brings it to a whole byte. To find that block the piece is inflated, which takes a tenth of the
// time that compressing it took. Thread rule: one scratch, one thread at a time.
#pragma once

#include "base/bytes.h"
#include "codec/gzip/inflate.h"

namespace holt::gzip {

/// The room that must be left behind a piece.
inline constexpr std::size_t kOpenEnd = 5;

/// `stream`: a whole deflate stream of `size` bytes, with room behind it. Returns its size once
/// another stream may follow.
std::size_t open_end(MutableByteView stream, std::size_t size, InflateStream& scratch) noexcept;

}  // namespace holt::gzip
