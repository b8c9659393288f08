#include <holt/gc.hpp>
#include <holt/retention.hpp>

#include "api/local_offset.h"
#include "api/store_impl.h"
#include "store/auto_gc.h"
#include "store/find.h"
#include "store/forget.h"
#include "store/gc.h"

namespace holt {
namespace {

Status refuse_read_only(const OpenOptions& options, const char* operation) {
    if (options.access != Access::read_only) return {};
    return fail(ErrorKind::usage, operation, "", "the store was opened for reading only");
}

}  // namespace

Result<ForgetReport> Store::forget(const ForgetOptions& options) {
    HOLT_TRY(impl_->check_process());
    if (!options.dry_run) HOLT_TRY(refuse_read_only(impl_->options, "forget snapshots"));
    return store::forget_snapshots(impl_->folder, impl_->options, options, local_offset);
}

Result<std::vector<SnapshotInfo>> Store::list_forgotten() {
    HOLT_TRY(impl_->check_process());
    return store::list_forgotten(impl_->folder, impl_->options);
}

Result<std::vector<SnapshotInfo>> Store::undelete(const std::vector<std::string>& snaps) {
    HOLT_TRY(impl_->check_process());
    HOLT_TRY(refuse_read_only(impl_->options, "bring back snapshots"));
    return store::undelete_snapshots(impl_->folder, impl_->options, snaps);
}

Result<SnapshotInfo> Store::tag(const std::string& snap, const TagOptions& options) {
    HOLT_TRY(impl_->check_process());
    HOLT_TRY(refuse_read_only(impl_->options, "tag snapshot"));
    return store::tag_snapshot(impl_->folder, impl_->options, snap, options);
}

Result<FindReport> Store::find_entries(const FindOptions& options,
                                       const std::function<void(const FoundEntry&)>& visit,
                                       Observer& observer) {
    HOLT_TRY_LET(catalog, impl_->catalog(options.cancel));
    return store::find_in_snapshots(impl_->folder, catalog, options, visit, observer);
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
    HOLT_TRY(impl_->check_process());
    return store::read_auto_gc(impl_->folder);
}

Status Store::set_auto_gc(const std::optional<AutoGc>& settings) {
    HOLT_TRY(impl_->check_process());
    HOLT_TRY(refuse_read_only(impl_->options, "change settings"));
    return store::write_auto_gc(impl_->folder, impl_->options, settings);
}

Result<GcReport> Store::gc(const GcOptions& options, Observer& observer) {
    HOLT_TRY(impl_->check_process());
    if (!options.dry_run) HOLT_TRY(refuse_read_only(impl_->options, "collect garbage"));
    return impl_->in_parallel([&] {
        return store::collect_garbage(impl_->folder, impl_->options, options, local_offset,
                                      observer);
    });
}

}  // namespace holt
