// What a pack says of itself beside its blocks and chunks, as extension fields of its footer that a
// reader may skip (wire.h):
//   2   varint: the zstd level that its blocks were compressed again with, by a collection. Without
//       it the pack is as a snapshot or an import wrote it
// Thread rule: pure functions.
#pragma once

#include "store/format/pack_format.h"

namespace holt::store {

/// 0 when the footer does not say it.
int recompressed_level(const PackFooter& footer) noexcept;
/// The fields of a footer that says it; none for 0.
Bytes fields_of_level(int level);

}  // namespace holt::store
