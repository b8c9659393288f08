#include <holt/gc.hpp>
#include <holt/retention.hpp>

#include "api/local_offset.h"
#include "api/store_impl.h"
#include "store/auto_gc.h"
#include "store/find.h"
#include "store/forget.h"
#include "store/gc.h"

namespace holt {
Result<ForgetReport> Store::forget(const ForgetOptions& options) {
    return impl_->use([&]() -> Result<ForgetReport> {
        if (!options.dry_run) HOLT_TRY(impl_->check_writable("forget snapshots", ""));
        return store::forget_snapshots(impl_->folder, impl_->options, options, local_offset);
    });
}

Result<std::vector<SnapshotInfo>> Store::list_forgotten() {
    return impl_->use([&]() -> Result<std::vector<SnapshotInfo>> {
        return store::list_forgotten(impl_->folder, impl_->options);
    });
}

Result<std::vector<SnapshotInfo>> Store::undelete(const std::vector<std::string>& snaps) {
    return impl_->change("bring back snapshots", "", [&]() -> Result<std::vector<SnapshotInfo>> {
        return store::undelete_snapshots(impl_->folder, impl_->options, snaps);
    });
}

Result<SnapshotInfo> Store::tag(const std::string& snap, const TagOptions& options) {
    return impl_->change("tag snapshot", "", [&]() -> Result<SnapshotInfo> {
        return store::tag_snapshot(impl_->folder, impl_->options, snap, options);
    });
}

Result<FindReport> Store::find_entries(const FindOptions& options, const Visitor<FoundEntry>& visit,
                                       Observer& observer) {
    return impl_->use([&]() -> Result<FindReport> {
        HOLT_TRY_LET(catalog, impl_->catalog(options.cancel));
        return store::find_in_snapshots(impl_->folder, catalog, options, visit, observer);
    });
}

std::string_view name(GcPack::Action action) noexcept {
    switch (action) {
        case GcPack::Action::remove:
            return "remove";
        case GcPack::Action::rewrite:
            return "rewrite";
        case GcPack::Action::join:
            return "join";
        case GcPack::Action::recompress:
            return "recompress";
    }
    return "remove";
}

Result<std::optional<AutoGc>> Store::auto_gc() {
    return impl_->use([&] { return store::read_auto_gc(impl_->folder); });
}

Status Store::set_auto_gc(const std::optional<AutoGc>& settings) {
    return impl_->change("change settings", "", [&]() -> Status {
        return store::write_auto_gc(impl_->folder, impl_->options, settings);
    });
}

Result<GcReport> Store::gc(const GcOptions& options, Observer& observer) {
    return impl_->use([&]() -> Result<GcReport> {
        if (!options.dry_run) HOLT_TRY(impl_->check_writable("collect garbage", ""));
        return impl_->in_parallel(options.threads, [&] {
            store::Operation op(impl_->folder, impl_->options, options.cancel, observer);
            return store::collect_garbage(op, options, local_offset);
        });
    });
}

}  // namespace holt
