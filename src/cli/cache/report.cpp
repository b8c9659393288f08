#include "cli/cache/report.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "cli/cache/explain.h"
#include "cli/output/text.h"
#include "cli/session/operation.h"

namespace holt::cli {
namespace {

std::string folder_text(const RestoreReport& folder) {
    if (folder.in_place)
        return fmt::format("{}: {} kept, {} written, {} removed", printable(folder.path),
                           count_text(folder.kept, "file"), count_text(folder.files),
                           count_text(folder.removed));
    const std::string_view how = folder.link == LinkMode::hardlink  ? "linked, read-only"
                                 : folder.link == LinkMode::reflink ? "cloned"
                                                                    : "copied";
    return fmt::format("{}: {}, {}, {}", printable(folder.path), count_text(folder.files, "file"),
                       size_text(folder.bytes), how);
}

}  // namespace

void tell_restored(Session& session, const std::string& key, const CacheRestoreReport& report) {
    const CacheFound& found = report.found;
    if (found.match != CacheMatch::exact)
        for (const std::string& line : miss_lines(key, found.miss)) session.tell(line);
    if (!found.snapshot) return;
    const std::string saved =
        found.match == CacheMatch::exact && report.saved && report.saved->count() > 0
            ? ", " + duration_text(*report.saved) + " saved"
            : "";
    session.tell(fmt::format("matched {}: {} in {}{}", name(found.match),
                             entry_text(*found.snapshot), duration_text(report.time), saved));
    for (const RestoreReport& folder : report.folders) session.tell(folder_text(folder));
}

int code_of_restore(Session& session, const CacheRestoreReport& report) {
    std::uint64_t warnings = 0, left_out = 0;
    for (const RestoreReport& folder : report.folders) {
        warnings += folder.warnings;
        left_out += folder.left_out;
    }
    const int differs = partial_code(session, warnings, "not quite as in the entry");
    const int incomplete = partial_code(session, left_out, "that the entry does not have");
    return std::max(differs, incomplete);
}

void put_restored(Json& object, const std::string& key, const CacheRestoreReport& report) {
    put_found(object, key, report.found);
    Json folders = Json::array();
    for (const RestoreReport& folder : report.folders) {
        Json one = Json::object();
        put_bytes(one, "path", folder.path);
        put_tree_counts(one, folder);
        one["in_place"] = folder.in_place;
        one["kept"] = folder.kept;
        one["removed"] = folder.removed;
        one["relocated"] = folder.relocated;
        one["link"] = name(folder.link);
        one["files_linked"] = folder.files_linked;
        one["pool_replaced"] = folder.pool_replaced;
        one["warnings"] = folder.warnings;
        one["left_out"] = folder.left_out;
        folders.push_back(std::move(one));
    }
    object["folders_restored"] = std::move(folders);
    object["seconds"] = seconds(report.time);
    if (report.saved) object["seconds_saved"] = seconds(*report.saved);
}

void tell_saved(Session& session, const std::string& key, const CacheSaveReport& report) {
    using Outcome = CacheSaveReport::Outcome;
    const SnapshotInfo& entry = report.report.snapshot;
    const std::string shown = printable(key);
    switch (report.outcome) {
        case Outcome::saved:
        case Outcome::replaced:
            session.tell(
                fmt::format("{} '{}': {}, {}, {} new in the store",
                            report.outcome == Outcome::saved ? "saved" : "replaced the entry of",
                            shown, count_text(entry.files, "file"), size_text(entry.bytes),
                            size_text(report.report.stored_bytes)));
            return;
        case Outcome::already:
            session.tell(fmt::format("'{}' is saved already: {}", shown, entry_text(entry)));
            return;
        case Outcome::kept:
            session.tell(
                fmt::format("'{}' has another content, which stays: {}; --replace takes "
                            "its place",
                            shown, entry_text(entry)));
            return;
    }
}

void put_saved(Json& object, const CacheSaveReport& report) {
    object["outcome"] = name(report.outcome);
    Json snapshot = Json::object();
    put_snapshot(snapshot, report.report.snapshot);
    object["snapshot"] = std::move(snapshot);
    object["files_read"] = report.report.files_read;
    object["new_bytes"] = report.report.new_bytes;
    object["stored_bytes"] = report.report.stored_bytes;
    object["left_out"] = report.report.left_out;
}

}  // namespace holt::cli
