#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "fs/folder.h"
#include "fs/machine/platform.h"
#include "store/cache/entries.h"
#include "store/cache/notes.h"
#include "store/cache_call.h"
#include "store/cache_folders.h"
#include "store/catalog/catalog_cache.h"
#include "store/catalog/snapshot_info.h"
#include "store/disk/pin.h"
#include "store/format/cache_fields.h"
#include "store/format/snapshot_record.h"
#include "store/keys/key_list.h"
#include "store/snapshot.h"

namespace holt::store {
namespace {

// What a save finds in the place that it wants to take.
struct Admission {
    std::optional<SnapshotRow> there{};
    std::optional<CacheSaveReport::Outcome> outcome{};  // when nothing is to be saved
};

Status admit(Catalog& catalog, const TreeEntry& root, std::size_t folders,
             const CacheSaveOptions& options, Admission& admission) {
    HOLT_TRY_LET(there, CatalogCache(catalog).find(options.key.key, options.scope));
    admission.there = std::move(there);
    if (!admission.there) return {};
    const SnapshotRecord& record = admission.there->record;
    const bool is_same = record.root.content == root.content &&
                         decode_cache_fields(record.fields).folders == folders;
    if (is_same)
        admission.outcome = CacheSaveReport::Outcome::already;
    else if (!options.replace)
        admission.outcome = CacheSaveReport::Outcome::kept;
    if (!admission.outcome) return {};
    return fail(ErrorKind::failed, "save", options.key.key, "the key is taken");
}

// Older entries of the key, which are not looked up any more.
Status forget_replaced(const StoreFolder& folder, const OpenOptions& open,
                       const CacheSaveOptions& options, const Digest& kept) {
    const fs::LockWait wait = lock_wait(open, options.snapshot.cancel);
    HOLT_TRY_LET(pin, Pin::hold(folder, wait));
    HOLT_TRY_LET(catalog, Catalog::open(folder, Catalog::Mode::read_write, wait));
    return catalog.forget([&](const std::vector<SnapshotRow>& all) -> Result<std::vector<Digest>> {
        std::vector<Digest> older;
        for (const SnapshotRow& row : all) {
            if (row.id == kept) break;  // what came after it is not ours to judge
            const bool is_entry =
                row.record.key == options.key.key &&
                decode_cache_fields(row.record.fields).scope == stored_scope(options.scope);
            if (is_entry && !row.hold) older.push_back(row.id);
        }
        return older;
    });
}

Status check_save(const OpenOptions& open, std::span<const std::string> folders,
                  const CacheSaveOptions& options) {
    if (open.access == Access::read_only)
        return fail(ErrorKind::usage, "save", options.key.key,
                    "the store was opened for reading only");
    HOLT_TRY(require_folders(folders, "save"));
    if (options.key.key.empty())
        return fail(ErrorKind::usage, "save", folders.front(), "no key is given",
                    "give a key, or what it is to be made from");
    HOLT_TRY(check_snapshot_key(options.key.key));
    HOLT_TRY(check_scope(options.scope));
    for (const std::string& path : folders) HOLT_TRY(fs::open_folder(path));
    if (options.snapshot.relocatable) HOLT_TRY(check_movable_paths(folders));
    return {};
}

}  // namespace

Result<Bytes> fields_of(const CacheCall& call, const CacheSaveOptions& options) {
    HOLT_TRY_LET(catalog, open_to_read(call.store, call.open, options.snapshot.cancel));
    HOLT_TRY_LET(inputs, inputs_of(catalog, options.key, {options.scope}));
    CacheFields fields{.scope = stored_scope(options.scope),
                       .producer = fs::user_and_host(),
                       .folders = call.folders.size()};
    if (!inputs.empty()) fields.inputs = encode_inputs(inputs);
    if (options.build_time)
        fields.build_ms = static_cast<std::uint64_t>(options.build_time->count());
    Bytes encoded = encode_cache_fields(fields);
    if (encoded.size() <= kMaxFields) return encoded;
    return fail(ErrorKind::usage, "save", options.key.key, "the list of its inputs is over 64 KiB",
                "name fewer files, or one glob for many");
}

Result<CacheSaveReport> save_under_key(const StoreFolder& folder, const OpenOptions& open,
                                       std::span<const std::string> folders,
                                       const CacheSaveOptions& options, Observer& observer) {
    using Outcome = CacheSaveReport::Outcome;
    HOLT_TRY(check_save(open, folders, options));
    const Log log = make_log(open.log);

    // 1. The snapshot; whether the key is free is decided when its tree is known, and again in the
    // transaction that would commit it.
    Admission admission;
    bool is_whole = false;
    SnapshotTerms terms{
        .complete = !options.allow_incomplete, .is_whole = &is_whole, .made_at = options.made_at};
    HOLT_TRY_LET(fields, fields_of({folder, open, folders, observer}, options));
    terms.fields = std::move(fields);
    terms.admit = [&](Catalog& catalog, const TreeEntry& root) {
        return admit(catalog, root, folders.size(), options, admission);
    };
    SnapshotOptions snapshot = options.snapshot;
    snapshot.key = options.key.key;
    auto taken = take_snapshot(folder, open, folders, snapshot, terms, observer);
    if (!taken && !admission.outcome) return std::unexpected(std::move(taken).error());

    // 2. What there is under the key now.
    CacheSaveReport report;
    if (taken) {
        report.report = *std::move(taken);
        if (admission.there) {
            report.outcome = Outcome::replaced;
            HOLT_TRY(forget_replaced(folder, open, options, report.report.snapshot.id));
        }
        note_count(folder, open, {.what = CacheCount::What::save}, log);
    } else {
        report.outcome = *admission.outcome;
        report.report.snapshot = to_info(*admission.there);
    }

    // 3. The folders are known as what they were saved as. Of a single one the snapshot itself
    // remembers that, with the records of its files.
    const bool is_known = taken && folders.size() == 1;
    if (report.outcome != Outcome::kept && is_whole && !is_known)
        note_saved_folders(folder, open, folders, report.report.snapshot, log);
    return report;
}

}  // namespace holt::store
