#include "store/gc/collector.h"

#include <algorithm>
#include <cerrno>
#include <unordered_set>
#include <utility>

#include "base/guard.h"
#include "fs/file.h"
#include "fs/folder.h"
#include "fs/paths.h"
#include "store/disk/epoch.h"

namespace holt::store {
namespace {

// New packs are made of about so much: one pack, or two.
constexpr std::uint64_t kBatch = kPackTarget - (kPackTarget >> 4);

std::vector<std::uint32_t> rows_of(std::span<const PackRow> packs) {
    std::vector<std::uint32_t> rows;
    for (const PackRow& pack : packs) rows.push_back(pack.row);
    return rows;
}

// The whole sum of their files.
std::uint64_t bytes_of(std::span<const PackRow> packs) noexcept {
    std::uint64_t bytes = 0;
    for (const PackRow& pack : packs) bytes += pack.bytes;
    return bytes;
}

Status remove_files(const StoreFolder& folder, std::span<const PackRow> packs, const Log& log) {
    std::unordered_set<std::string> parents;
    for (const PackRow& pack : packs) {
        const std::string parent = "packs/" + pack_folder_name(pack.id);
        HOLT_TRY(
            fs::unlink_file(folder.fd(), pack_object(pack.id), folder.shown(pack_object(pack.id))));
        parents.insert(parent);
        log->info("removed {}", pack_object(pack.id));
    }
    // Before the catalog forgets them: what is there without being known would have to be found.
    for (const std::string& parent : parents) {
        HOLT_TRY_LET(exists, fs::exists(folder.fd(), parent, folder.shown(parent)));
        if (!exists) continue;
        HOLT_TRY_LET(fd, fs::open_beneath(folder.fd(), parent, folder.shown(parent)));
        HOLT_TRY(fs::sync_fd(fd.get(), folder.shown(parent)));
    }
    return {};
}

}  // namespace

Result<fs::FileLock> lock_collector(const StoreFolder& folder, const fs::LockWait& wait) {
    HOLT_TRY_LET(epochs, folder.open_part("epochs"));
    return fs::FileLock::acquire_open(
        std::move(epochs), folder.shown("epochs"),
        {.mode = guard("one collector") ? fs::LockMode::exclusive : fs::LockMode::shared,
         .timeout = wait.timeout,
         .cancel = wait.cancel});
}

Status finish_deleting(const StoreFolder& folder, Catalog& catalog, const Log& log) {
    CatalogCollector changes(catalog);
    HOLT_TRY_LET(deleting, changes.in_state(PackState::deleting));
    if (deleting.empty()) return {};
    HOLT_TRY(remove_files(folder, deleting, log));
    return changes.remove_deleted();
}

// Under the catalog's lock: no snapshot comes after it.
Status Collector::mark_what_came(Marker& marker) {
    return guard("snapshots again while condemning") ? marker.mark_new() : Status();
}

Status Collector::condemn_dead(Marker& marker) {
    HOLT_TRY(changes_.begin());
    const auto in_transaction = [&]() -> Status {
        HOLT_TRY(mark_what_came(marker));
        HOLT_TRY_LET(dropped, changes_.drop_forgotten(marker.marked()));
        HOLT_TRY_LET(packs, catalog_.packs());
        const GcPlan plan = make_plan(packs, marker, std::nullopt);
        HOLT_TRY(changes_.condemn(rows_of(plan.dead)));
        report_.dropped += dropped;
        return changes_.end();
    };
    const Status done = in_transaction();
    if (!done) changes_.abandon();
    return done;
}

Status Collector::look_for_unknown() {
    HOLT_TRY_LET(unknown, catalog_.unknown_packs(folder_));
    unknown_ = std::move(unknown);
    return {};
}

// False: somebody who began before is still at work.
Result<bool> Collector::wait_for_others() {
    // Listed after what is condemned was committed: who comes later does not refer to it.
    HOLT_TRY_LET(pins, pin_.others(folder_));
    HOLT_TRY(start_epoch(folder_));
    const auto wait = [&]() -> Status {
        if (guard("wait for writers"))
            HOLT_TRY(Pin::wait_for(folder_, pins, deadline_.shorten(wait_)));
        return guard("wait for readers") ? wait_for_old_readers(folder_, deadline_.shorten(wait_))
                                         : Status();
    };
    const Status waited = wait();
    if (waited) return true;
    if (waited.error().kind != ErrorKind::busy) return std::unexpected(waited.error());
    report_.waiting_for = waited.error().cause;
    wait_.timeout = {};  // one wait is enough: what is condemned later is only looked after once
    return false;
}

Status Collector::delete_condemned() {
    HOLT_TRY_LET(condemned, changes_.in_state(PackState::condemned));
    report_.waiting_packs = report_.waiting_bytes = 0;
    if (condemned.empty() && unknown_.empty()) return {};
    HOLT_TRY_LET(alone, wait_for_others());
    if (!alone) {
        report_.waiting_packs = condemned.size();
        report_.waiting_bytes = bytes_of(condemned);
        return {};
    }
    HOLT_TRY(changes_.start_deleting(rows_of(condemned)));
    for (const Digest& id : unknown_) {
        HOLT_TRY_LET(bytes, folder_.pack_size(id));
        report_.unknown_bytes += bytes.value_or(0);
    }
    HOLT_TRY_LET(taken, changes_.take_unknown(unknown_));
    report_.unknown_packs += taken.size();
    unknown_.clear();
    return finish_deleting(folder_, catalog_, log_);
}

Status Collector::commit_rewritten(Marker& marker, Repacker& repacker,
                                   std::span<const PackUse* const> packs) {
    HOLT_TRY(changes_.begin());
    const auto in_transaction = [&]() -> Status {
        HOLT_TRY(mark_what_came(marker));
        HOLT_TRY_LET(live, catalog_.packs());
        std::unordered_set<std::uint32_t> still_live;
        for (const PackRow& pack : live) still_live.insert(pack.row);
        std::unordered_set<Digest> made;
        for (const NewPack& pack : repacker.packs()) made.insert(pack.id);
        // One of which a new snapshot needs more than was copied stays as it is.
        std::set<std::uint32_t> from;
        for (const PackUse* use : packs)
            if (still_live.contains(use->pack.row) && repacker.has_all_of(*use) &&
                !made.contains(use->pack.id))
                from.insert(use->pack.row);
        HOLT_TRY_LET(moved, changes_.move_chunks(repacker.packs(), from));
        for (const CatalogCollector::Moved& one : moved) HOLT_TRY(marker.moved(one.from, one.to));
        return changes_.end();
    };
    const Status done = in_transaction();
    if (!done) changes_.abandon();
    return done;
}

Status Collector::rewrite(Marker& marker, std::span<const PackUse* const> packs, int level) {
    while (!packs.empty()) {
        if (deadline_.over()) {
            report_.out_of_time = true;
            return {};
        }
        std::uint64_t bytes = 0;
        std::size_t count = 0;
        Repacker repacker(folder_, log_, level);
        const auto copy = [&]() -> Status {
            for (; count < packs.size() && bytes < kBatch; ++count) {
                if (count > 0 && deadline_.over()) break;
                HOLT_TRY(repacker.take(*packs[count]));
                bytes += packs[count]->live_bytes();
            }
            return repacker.finish();
        };
        const Status copied = copy();
        // What was copied so far has no name, or nobody knows it: the next collection removes it.
        if (!copied && copied.error().kind == ErrorKind::no_space) {
            report_.out_of_space = true;
            return {};
        }
        if (!copied) return copied;
        // Outside of the lock first, so that little is left to be walked under it.
        HOLT_TRY(marker.mark_new());
        HOLT_TRY(commit_rewritten(marker, repacker, packs.first(count)));
        packs = packs.subspan(count);
    }
    return {};
}

}  // namespace holt::store
