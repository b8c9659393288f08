#include "store/catalog/snapshot_info.h"

#include <utility>

#include "store/format/cache_fields.h"

namespace holt::store {

SnapshotInfo to_info(const SnapshotRow& row) {
    const SnapshotRecord& r = row.record;
    CacheFields cache = decode_cache_fields(r.fields);
    return {.id = row.id,
            .root = r.root.content,
            .name = r.name,
            .key = r.key,
            .tags = r.tags,
            .source = r.source,
            .created = r.created,
            .files = r.files,
            .folders = r.folders,
            .symlinks = r.symlinks,
            .others = r.others,
            .bytes = r.bytes,
            .left_out = r.left_out,
            .hold = row.hold,
            .last_used = row.used,
            .scope = std::move(cache.scope),
            .producer = std::move(cache.producer),
            .build_ms = cache.build_ms,
            .folders_saved = cache.folders};
}

}  // namespace holt::store
