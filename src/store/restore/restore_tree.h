// Building a restored tree in a staging folder: folders, files, then links. What is done with it
// afterwards is the caller's. Thread rule: one build, one thread; it uses all that oneTBB has.
#pragma once

#include <holt/store.hpp>

#include "fs/staging/staging.h"
#include "store/operation/profile.h"
#include "store/restore/restore_plan.h"
#include "store/restore/space_recorder.h"
#include "store/trees/restore_source.h"

namespace holt::store {

struct BuildInput {
    fs::Staging& staging;
    const OwnerRule& owners;     ///< the source's root is as it says already
    const Move* move;            ///< null: everything is as it was
    const Selection& selection;  ///< looked into
    const StoreFolder& store;
    Access access;  ///< whether the pool may be filled
    const RestoreOptions& options;
    LeftOutFolders left_out;
    SpaceRecorder* recorder;  ///< is told what is complete; may be null
    Profile& profile;
    Reporter& reporter;
};

/// Writes what is selected of the source. Each folder gets its metadata when everything in it is
/// done. Files are linked from the pool where that is asked for and can be done.
Result<RestoreReport> build_tree(ChunkReader& reader, const RestoreSource& source, LinkHeads heads,
                                 const BuildInput& input);

}  // namespace holt::store
