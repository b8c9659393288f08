// What one restore is about: what is restored, and by which rules. Thread rule: a value of
// references that outlive it.
#pragma once

#include <holt/store.hpp>

#include "store/catalog/catalog.h"
#include "store/content/chunk_reader.h"
#include "store/operation/operation.h"
#include "store/trees/link_heads.h"
#include "store/trees/move.h"
#include "store/trees/owner_rule.h"
#include "store/trees/restore_source.h"
#include "store/trees/selection.h"

namespace holt::store {

struct Restoring {
    Catalog& catalog;
    ChunkReader& reader;
    const RestoreSource& source;  ///< its root is as `owners` makes it already
    const RestoreOptions& options;
    const OwnerRule& owners;
    const Selection& selection;  ///< looked into
    const Move* move = nullptr;  ///< null: everything is as it was
    LinkHeads heads{};           ///< of what is selected
};

}  // namespace holt::store
