// The chunks of a .holt file's packs, one after the other, whatever snapshots they are of: for a
// repair that looks for what is lost. What is damaged or cut is passed over, and what is whole in
// it is given all the same. Thread rule: one thread at a time.
#pragma once

#include <functional>

#include "archive/io/source.h"
#include "store/disk/store_folder.h"
#include "store/format/pack_format.h"

namespace holt::store {

/// `digest` was computed from `bytes`.
using HoltChunkVisitor =
    std::function<Status(const Digest& digest, ChunkKind kind, ByteView bytes)>;
/// `corrupt` when something of the file could not be used; the rest was given.
Status visit_holt_chunks(const StoreFolder& folder, FdSource& source,
                         const HoltChunkVisitor& visit);

}  // namespace holt::store
