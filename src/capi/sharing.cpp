// What snapshots share, for holt/check.h.
#include <holt/cache.hpp>

#include <deque>

#include "base/error.h"
#include "capi/call.h"
#include "capi/handles.h"
#include "capi/status.h"

namespace holt::capi {
namespace {

struct SharingOptions {
    const Cancel* cancel = nullptr;
};

void tell(const SharingReport& report, holt_sharing_visitor visit, void* user) {
    std::deque<InfoView> views;  // which do not move
    std::vector<const holt_snapshot_info*> snapshots;
    std::vector<const std::uint64_t*> shared;
    for (const SnapshotInfo& info : report.snapshots)
        snapshots.push_back(views.emplace_back(info).get());
    for (const auto& row : report.shared) shared.push_back(row.data());
    const holt_sharing told = {.size = sizeof told,
                               .count = snapshots.size(),
                               .snapshots = snapshots.data(),
                               .content = report.content.data(),
                               .adds = report.adds.data(),
                               .shared = shared.data(),
                               .not_looked_at = report.not_looked_at};
    visit(user, &told);
}

}  // namespace
}  // namespace holt::capi

extern "C" {

holt_kind holt_store_sharing(holt_store* store, const holt_call* call, holt_sharing_visitor visit,
                             void* user, holt_status** status) {
    using holt::capi::Call;
    using holt::capi::SharingOptions;
    return holt::capi::operate(
        status, call, [](SharingOptions options) { return holt::Result<SharingOptions>(options); },
        SharingOptions{},
        [&](SharingOptions& how, Call& operation) -> holt::Status {
            HOLT_TRY_LET(report, store->store.sharing(how.cancel, operation));
            holt::capi::tell(report, visit, user);
            return {};
        });
}

}  // extern "C"
