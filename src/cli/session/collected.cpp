#include "cli/session/collected.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "cli/output/text.h"
#include "cli/session/operation.h"

namespace holt::cli {
namespace {

std::uint64_t evicted(const GcReport& report) {
    return static_cast<std::uint64_t>(
        std::ranges::count_if(report.evicted, [](const Decision& one) { return !one.keep; }));
}

}  // namespace

void tell_collected(Session& session, const GcReport& report, std::chrono::nanoseconds time) {
    if (evicted(report) > 0)
        session.tell("forgot  " + count_text(evicted(report), "snapshot") + " by the limits");
    session.tell(fmt::format("packs   {} of {} before, {} of {} now",
                             count_text(report.packs_before), size_text(report.bytes_before),
                             count_text(report.packs_after), size_text(report.bytes_after)));
    if (report.unknown_packs > 0)
        session.tell(fmt::format("removed {} in {} that killed commands had left",
                                 size_text(report.unknown_bytes),
                                 count_text(report.unknown_packs, "pack")));
    if (report.pool_files > 0)
        session.tell(fmt::format("pool    removed {}, {}", count_text(report.pool_files, "file"),
                                 size_text(report.pool_bytes)));
    if (report.spaces > 0)
        session.tell(fmt::format("spaces  forgot {} that are gone",
                                 count_text(report.spaces, "restored folder")));
    if (report.waiting_packs > 0)
        session.tell(
            fmt::format("left    {} in {} for the next run: {}", size_text(report.waiting_bytes),
                        count_text(report.waiting_packs, "pack"), printable(report.waiting_for)));
    if (report.out_of_time) session.tell("the time is over; the next run goes on here");
    if (report.out_of_space)
        session.tell("there was no room to rewrite packs; the next run goes on here");
    session.tell("time    " + duration_text(time));
}

Json gc_summary(Session& session, const GcReport& report, std::chrono::nanoseconds time,
                bool dry_run) {
    Json object = session.summary(0);
    object["dry_run"] = dry_run;
    object["snapshots"] = report.snapshots;
    object["evicted"] = evicted(report);
    object["dropped"] = report.dropped;
    object["packs_before"] = report.packs_before;
    object["bytes_before"] = report.bytes_before;
    object["packs_after"] = report.packs_after;
    object["bytes_after"] = report.bytes_after;
    object["unknown_packs"] = report.unknown_packs;
    object["unknown_bytes"] = report.unknown_bytes;
    object["waiting_packs"] = report.waiting_packs;
    object["waiting_bytes"] = report.waiting_bytes;
    if (!report.waiting_for.empty()) put_bytes(object, "waiting_for", report.waiting_for);
    object["pool_files"] = report.pool_files;
    object["pool_bytes"] = report.pool_bytes;
    object["spaces"] = report.spaces;
    object["out_of_time"] = report.out_of_time;
    object["out_of_space"] = report.out_of_space;
    object["seconds"] = seconds(time);
    return object;
}

}  // namespace holt::cli
