#include "store/trees/restore_source.h"

#include <utility>

#include "store/format/left_out.h"
#include "store/trees/lookup.h"

namespace holt::store {

Result<RestoreSource> find_restore_source(Catalog& catalog, ChunkReader& reader,
                                          const std::string& snap) {
    HOLT_TRY_LET(where, find_snap_path(catalog, snap));
    HOLT_TRY_LET(entry, find_entry(reader, where.snapshot.record.root, where.path));
    if (entry.left_out != LeftOut::no)
        return std::unexpected(left_out_error("restore", entry, where.path));
    return RestoreSource{std::move(where.snapshot), std::move(where.path), std::move(entry)};
}

}  // namespace holt::store
