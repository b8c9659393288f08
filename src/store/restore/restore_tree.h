// Building a restored tree in a staging folder: folders, files, then links. What is done with it
// afterwards is the caller's. Thread rule: one build, one thread; it uses all that oneTBB has.
#pragma once

#include "fs/staging/staging.h"
#include "store/restore/restore_plan.h"
#include "store/restore/space_recorder.h"

namespace holt::store {

/// Where a tree is built.
struct BuildPlace {
    fs::Staging& staging;
    LeftOutFolders left_out = LeftOutFolders::make;
    SpaceRecorder* recorder = nullptr;  ///< is told what is complete; may be null
};

/// Writes what is selected of the source. Each folder gets its metadata when everything in it is
/// done. Files are linked from the pool where that is asked for and can be done.
Result<RestoreReport> build_tree(Operation& op, const Restoring& restoring,
                                 const BuildPlace& place);

}  // namespace holt::store
