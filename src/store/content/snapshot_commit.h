// The last steps on the way to a snapshot, whatever it was made from: the record goes into a pack,
// and the commit names every pack that is needed. Thread rule: one thread at a time.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "store/content/chunk_intake.h"
#include "store/disk/leftovers.h"
#include "store/pack/pack_sink.h"

namespace holt::store {

/// An early look, before any work; the commit decides whether the name is free. Empty ones are
/// none.
Status refuse_name_and_key(Catalog& catalog, const char* operation, const std::string& name,
                           const std::string& key);

/// Stores the record, compresses and appends the last blocks, seals the last pack. The id.
Result<Digest> store_record(ByteView encoded, ChunkIntake& intake, PackSink& sink, int level);

/// Ids of all packs that hold what was taken in, new ones included.
Result<std::vector<Digest>> packs_used(Catalog& catalog, const ChunkIntake& intake,
                                       const std::vector<NewPack>& new_packs);

/// For Catalog::Commit::confirm: that the files of the new packs stand in their places.
std::function<Status()> confirm_packs(const StoreFolder& folder,
                                      const std::vector<NewPack>& new_packs);

/// The packs that the catalog does not know (Catalog::unknown_packs).
Result<FileTotals> count_unknown_packs(const StoreFolder& folder, Catalog& catalog);

}  // namespace holt::store
