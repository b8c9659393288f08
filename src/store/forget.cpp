#include "store/forget.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <unordered_set>
#include <utility>

#include "store/catalog/catalog.h"
#include "store/catalog/snapshot_info.h"
#include "store/disk/pin.h"
#include "store/disk/reserve.h"
#include "store/format/snapshot_record.h"
#include "store/operation/lock_wait.h"
#include "store/operation/log.h"
#include "store/source/file_reading.h"

namespace holt::store {
namespace {

constexpr const char* kForget = "forget snapshots";

std::string title(const SnapshotInfo& snapshot) {
    return snapshot.name.empty() ? snapshot.id.short_hex() : snapshot.name;
}

// Everything that writes holds a pin: a repair must not replace the catalog meanwhile.
struct Writing {
    std::unique_ptr<ReserveLoan> reserve;  // forgetting is what makes room
    Pin pin;
    Catalog catalog;
};
Result<Writing> begin_writing(const StoreFolder& folder, const OpenOptions& open) {
    const fs::LockWait wait = lock_wait(open);
    auto reserve = std::make_unique<ReserveLoan>(folder);
    HOLT_TRY_LET(pin, Pin::hold(folder, wait));
    HOLT_TRY_LET(catalog, Catalog::open(folder, Catalog::Mode::read_write, wait));
    return Writing{std::move(reserve), std::move(pin), std::move(catalog)};
}

bool is_filtered(const ForgetOptions& options) noexcept {
    return options.key_prefix.has_value() || !options.with_tags.empty();
}

Status check_options(const ForgetOptions& options) {
    const bool named = !options.snaps.empty(), by_rule = options.keep.any();
    if (named && (by_rule || is_filtered(options)))
        return fail(ErrorKind::usage, kForget, options.snaps.front(),
                    "snapshots are named, and rules are given",
                    "name those to forget, or give rules that choose them");
    if (!named && !by_rule && !is_filtered(options))
        return fail(ErrorKind::usage, kForget, "", "nothing says which snapshots",
                    Advice::name_or_rule);
    return {};
}

Result<std::unordered_set<Digest>> ids_of(Catalog& catalog, const std::vector<std::string>& snaps) {
    std::unordered_set<Digest> ids;
    for (const std::string& snap : snaps) {
        HOLT_TRY_LET(row, catalog.find_snapshot(snap));
        ids.insert(row.id);
    }
    return ids;
}

Result<std::vector<Decision>> forget_named(const std::vector<SnapshotInfo>& all,
                                           const std::unordered_set<Digest>& named) {
    std::vector<Decision> decisions;
    for (const SnapshotInfo& snapshot : all) {
        if (!named.contains(snapshot.id)) continue;
        if (snapshot.hold)
            return fail(ErrorKind::failed, kForget, title(snapshot), "it is on hold",
                        Advice::release_hold);
        decisions.push_back({.snapshot = snapshot, .reasons = {"named"}});
    }
    return decisions;
}

std::string filter_text(const ForgetOptions& options) {
    std::string text;
    if (options.key_prefix) text = "its key begins with '" + printable(*options.key_prefix) + "'";
    for (const TagQuery& tag : options.with_tags)
        text += (text.empty() ? "it has the tag " : " and it has the tag ") + printable(tag.key) +
                (tag.value ? "=" + printable(*tag.value) : "");
    return text;
}

Result<std::vector<Decision>> decide_on(const std::vector<SnapshotInfo>& all,
                                        const ForgetOptions& options,
                                        const std::unordered_set<Digest>& named,
                                        const UtcOffset& offset) {
    if (!named.empty()) return forget_named(all, named);
    std::vector<SnapshotInfo> about;
    for (const SnapshotInfo& snapshot : all)
        if ((!options.key_prefix || snapshot.key.starts_with(*options.key_prefix)) &&
            has_tags(snapshot, options.with_tags))
            about.push_back(snapshot);
    if (options.keep.any())
        return decide({.snapshots = about,
                       .rules = options.keep,
                       .group_by = options.group_by,
                       .allow_empty = options.allow_empty,
                       .now = current_time(),
                       .offset = offset});
    std::vector<Decision> decisions;
    for (const SnapshotInfo& snapshot : about)
        decisions.push_back({.snapshot = snapshot,
                             .keep = snapshot.hold,
                             .reasons = {snapshot.hold ? "on hold" : filter_text(options)}});
    return decisions;
}

std::vector<SnapshotInfo> to_infos(const std::vector<SnapshotRow>& rows) {
    std::vector<SnapshotInfo> infos;
    infos.reserve(rows.size());
    for (const SnapshotRow& row : rows) infos.push_back(to_info(row));
    return infos;
}

std::vector<Digest> ids_to_forget(const std::vector<Decision>& decisions) {
    std::vector<Digest> ids;
    for (const Decision& decision : decisions)
        if (!decision.keep) ids.push_back(decision.snapshot.id);
    return ids;
}

ForgetReport report_of(std::vector<Decision> decisions) {
    ForgetReport report{.decisions = std::move(decisions)};
    for (const Decision& decision : report.decisions)
        ++(decision.keep ? report.kept : report.forgotten);
    return report;
}

// Which of the forgotten a text means: as a SNAP among these.
Result<Digest> find_forgotten(const std::vector<SnapshotRow>& rows, const std::string& text) {
    constexpr std::size_t kMinPrefix = 8;
    std::optional<Digest> found;
    for (const SnapshotRow& row : rows) {  // oldest first: the newest is meant
        if (row.record.name == text || row.record.key == text) found = row.id;
    }
    for (const SnapshotRow& row : rows)
        if (!found && text.size() >= kMinPrefix && row.id.hex().starts_with(text)) found = row.id;
    if (found) return *found;
    return fail(ErrorKind::not_found, "bring back snapshot", text,
                "no forgotten snapshot has this name, key or id, or it was collected already",
                Advice::list_forgotten);
}

std::vector<std::pair<std::string, std::string>> changed_tags(
    std::vector<std::pair<std::string, std::string>> tags, const TagOptions& options) {
    const auto remove = [&](const std::string& key) {
        std::erase_if(tags, [&](const auto& tag) { return tag.first == key; });
    };
    for (const std::string& key : options.remove) remove(key);
    for (const auto& [key, value] : options.set) remove(key);
    tags.insert(tags.end(), options.set.begin(), options.set.end());
    return tags;
}

}  // namespace

Result<ForgetReport> forget_snapshots(const StoreFolder& folder, const OpenOptions& open,
                                      const ForgetOptions& options, const UtcOffset& offset) {
    HOLT_TRY(check_options(options));
    if (options.dry_run) {
        HOLT_TRY_LET(catalog, Catalog::open(folder, Catalog::Mode::read_only, lock_wait(open)));
        HOLT_TRY_LET(named, ids_of(catalog, options.snaps));
        HOLT_TRY_LET(rows, catalog.snapshots());
        HOLT_TRY_LET(decisions, decide_on(to_infos(rows), options, named, offset));
        return report_of(std::move(decisions));
    }
    const Log log = make_log(open.log);
    HOLT_TRY_LET(writing, begin_writing(folder, open));
    HOLT_TRY_LET(named, ids_of(writing.catalog, options.snaps));
    // Decided on what the transaction sees, so that no snapshot of another process is missed.
    ForgetReport report;
    const auto choose = [&](const std::vector<SnapshotRow>& all) -> Result<std::vector<Digest>> {
        HOLT_TRY_LET(decisions, decide_on(to_infos(all), options, named, offset));
        report = report_of(std::move(decisions));
        return ids_to_forget(report.decisions);
    };
    const auto why = [&](const Digest&) -> std::string {
        return options.snaps.empty() ? "forgotten by a rule" : "forgotten by name";
    };
    HOLT_TRY(writing.catalog.forget(choose, why));
    log->info("forgot {} of {} snapshots", report.forgotten, report.decisions.size());
    return report;
}

Result<std::vector<SnapshotInfo>> list_forgotten(const StoreFolder& folder,
                                                 const OpenOptions& open) {
    HOLT_TRY_LET(catalog, Catalog::open(folder, Catalog::Mode::read_only, lock_wait(open)));
    HOLT_TRY_LET(rows, catalog.forgotten());
    return to_infos(rows);
}

Result<std::vector<SnapshotInfo>> undelete_snapshots(const StoreFolder& folder,
                                                     const OpenOptions& open,
                                                     const std::vector<std::string>& snaps) {
    HOLT_TRY_LET(writing, begin_writing(folder, open));
    const auto choose = [&](const std::vector<SnapshotRow>& all) -> Result<std::vector<Digest>> {
        std::vector<Digest> chosen;
        if (snaps.empty())
            for (const SnapshotRow& row : all) chosen.push_back(row.id);
        for (const std::string& snap : snaps) {
            HOLT_TRY_LET(id, find_forgotten(all, snap));
            if (std::ranges::find(chosen, id) == chosen.end()) chosen.push_back(id);
        }
        return chosen;
    };
    HOLT_TRY_LET(back, writing.catalog.undelete(choose));
    return to_infos(back);
}

Result<SnapshotInfo> tag_snapshot(const StoreFolder& folder, const OpenOptions& open,
                                  const std::string& snap, const TagOptions& options) {
    if (options.name && !options.name->empty()) HOLT_TRY(check_snapshot_name(*options.name));
    HOLT_TRY_LET(writing, begin_writing(folder, open));
    HOLT_TRY_LET(found, writing.catalog.find_snapshot(snap));
    const auto change = [&](SnapshotRow& row) -> Status {
        if (options.name) row.record.name = *options.name;
        if (options.hold) row.hold = *options.hold;
        row.record.tags = changed_tags(std::move(row.record.tags), options);
        return {};
    };
    HOLT_TRY_LET(now, writing.catalog.relabel(found.id, change));
    return to_info(now);
}

void note_use(const StoreFolder& folder, const OpenOptions& open, const SnapshotInfo& snapshot) {
    constexpr std::int64_t kOften = 3600;  // seconds
    if (open.access == Access::read_only) return;
    const Time now = current_time();
    if (snapshot.last_used && now.seconds - snapshot.last_used->seconds < kOften &&
        now >= *snapshot.last_used)
        return;
    const auto note = [&]() -> Status {
        // Not while a repair replaces the catalog, and without waiting for other writers.
        HOLT_TRY_LET(no_repair, Pin::keep_repair_away(folder));
        if (!no_repair) return {};
        HOLT_TRY_LET(catalog, Catalog::open(folder, Catalog::Mode::read_write, fs::LockWait{}));
        return catalog.record_use(snapshot.id, now);
    };
    if (const Status noted = note(); !noted)
        make_log(open.log)->info("the use of {} is not noted: {}", snapshot.id.hex(),
                                 noted.error().message());
}

}  // namespace holt::store
