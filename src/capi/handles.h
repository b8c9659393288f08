// What the opaque handles are. Thread rule: as what they hold.
#pragma once

#include <holt/holt.h>
#include <holt/cache.hpp>
#include <holt/snapshot.hpp>
#include <holt/store.hpp>

#include "capi/views.h"

struct holt_store {
    holt::Store store;
};

struct holt_snapshot {
    explicit holt_snapshot(holt::Snapshot opened)
        : snapshot(std::move(opened)), view(snapshot.info()) {}

    holt::Snapshot snapshot;
    holt::capi::InfoView view;
};

struct holt_key {
    holt::CacheKey key;
};

namespace holt::capi {

Result<OpenOptions> to_open_options(const holt_open_options* given);
Result<SnapshotOptions> to_snapshot_options(const holt_snapshot_options* given);
Result<RestoreOptions> to_restore_options(const holt_restore_options* given);
holt_restore_report restore_report_of(const RestoreReport& report);
OwnerChoice to_owner(holt_owner owner, std::uint32_t uid, std::uint32_t gid) noexcept;

}  // namespace holt::capi
