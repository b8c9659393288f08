#include "store/content/snapshot_commit.h"

#include <utility>

#include "fs/paths.h"

namespace holt::store {

Status refuse_name_and_key(Catalog& catalog, const char* operation, const std::string& name,
                           const std::string& key) {
    HOLT_TRY(check_snapshot_key(key));
    if (name.empty()) return {};
    HOLT_TRY(check_snapshot_name(name));
    HOLT_TRY_LET(taken, catalog.name_taken(name));
    if (!taken) return {};
    return fail(ErrorKind::usage, operation, name, "a snapshot of this name exists already",
                Advice::choose_name);
}

Result<Digest> store_record(ByteView encoded, ChunkIntake& intake, PackSink& sink, int level) {
    std::vector<RawBlock> last;
    const Digest id = intake.take_record(encoded, last);
    BlockEncoder encoder(level);
    for (RawBlock& block : last) {
        HOLT_TRY_LET(encoded_block, encoder.encode(std::move(block)));
        HOLT_TRY(sink.add(std::move(encoded_block)));
    }
    HOLT_TRY(sink.finish());
    return id;
}

Result<std::vector<Digest>> packs_used(Catalog& catalog, const ChunkIntake& intake,
                                       const std::vector<NewPack>& new_packs) {
    std::vector<Digest> used;
    for (const std::uint32_t row : intake.older_packs()) {
        HOLT_TRY_LET(pack, catalog.pack(row));
        used.push_back(pack.id);
    }
    for (const NewPack& pack : new_packs) used.push_back(pack.id);
    return used;
}

std::function<Status()> confirm_packs(const StoreFolder& folder,
                                      const std::vector<NewPack>& new_packs) {
    std::vector<Digest> ids;
    for (const NewPack& pack : new_packs) ids.push_back(pack.id);
    return [&folder, ids = std::move(ids)]() -> Status {
        for (const Digest& id : ids) {
            const std::string object = pack_object(id);
            HOLT_TRY_LET(there, fs::exists(folder.fd(), object, folder.shown(object)));
            if (!there) return gone_meanwhile(object, "a pack that it wrote was collected");
        }
        return {};
    };
}

Result<FileTotals> count_unknown_packs(const StoreFolder& folder, Catalog& catalog) {
    FileTotals totals;
    HOLT_TRY_LET(unknown, catalog.unknown_packs(folder));
    for (const Digest& id : unknown) {
        HOLT_TRY_LET(bytes, folder.pack_size(id));
        if (!bytes) continue;
        ++totals.files;
        totals.bytes += *bytes;
    }
    return totals;
}

}  // namespace holt::store
