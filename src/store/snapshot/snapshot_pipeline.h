// Runs a snapshot's stages over all cores (content_pipeline.h).
#pragma once

#include "store/operation/operation.h"
#include "store/pack/pack_sink.h"
#include "store/snapshot/relocation_scan.h"
#include "store/snapshot/snapshot_assembler.h"
#include "store/snapshot/snapshot_source.h"

namespace holt::store {

/// source (in order) -> read and hash (parallel) -> assemble (in order) -> compress (parallel) ->
/// append to packs (in order). At most 2 units a thread, and 2 more, are in flight: that bounds the
/// memory.
Status run_snapshot_pipeline(Operation& op, SnapshotSource& source, SnapshotAssembler& assembler,
                             PackSink& sink, const RelocationScan* scan, int level);

}  // namespace holt::store
