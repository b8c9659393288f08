// What is in snapshots, for holt.h: listed, looked up, read, found.
#include <holt/retention.hpp>

#include "base/error.h"
#include "capi/call.h"
#include "capi/handles.h"
#include "capi/status.h"
#include "capi/structs.h"

namespace holt::capi {
namespace {

Result<FindOptions> to_find_options(const holt_find_options* given) {
    HOLT_TRY_LET(options, read_struct(given));
    FindOptions made{.glob = text(options.glob),
                     .digest = text(options.digest),
                     .snaps = texts(options.snaps, options.snap_count),
                     .all = options.all != 0};
    if (options.min_size != 0) made.min_size = options.min_size;
    if (options.max_size != 0) made.max_size = options.max_size;
    if (options.newer_given != 0) made.newer = to_time(options.newer);
    if (options.older_given != 0) made.older = to_time(options.older);
    return made;
}

Result<ListOptions> to_list_options(int recursive) noexcept {
    return ListOptions{.recursive = recursive != 0};
}

}  // namespace
}  // namespace holt::capi

using holt::EntryInfo;
using holt::Status;
using holt::capi::Call;
using holt::capi::EntryView;
using holt::capi::operate;
using holt::capi::run;

extern "C" {

holt_kind holt_snapshot_open(holt_store* store, const char* snap, holt_snapshot** snapshot,
                             holt_status** status) {
    *snapshot = nullptr;
    return run(status, [&]() -> Status {
        HOLT_TRY_LET(opened, store->store.open_snapshot(snap));
        *snapshot = new holt_snapshot(std::move(opened));
        return {};
    });
}

void holt_snapshot_close(holt_snapshot* snapshot) {
    delete snapshot;
}

const holt_snapshot_info* holt_snapshot_get_info(const holt_snapshot* snapshot) {
    return snapshot->view.get();
}

holt_kind holt_snapshot_list(holt_snapshot* snapshot, const char* path, int recursive,
                             const holt_call* call, holt_entry_visitor visit, void* user,
                             holt_status** status) {
    return operate(status, call, holt::capi::to_list_options, recursive,
                   [&](auto& how, Call&) -> Status {
                       return snapshot->snapshot.list(path, how, [&](const EntryInfo& entry) {
                           return holt::capi::to_visit(visit(user, EntryView(entry).get()));
                       });
                   });
}

holt_kind holt_snapshot_stat(holt_snapshot* snapshot, const char* path, holt_entry_visitor visit,
                             void* user, holt_status** status) {
    return run(status, [&]() -> Status {
        HOLT_TRY_LET(entry, snapshot->snapshot.stat(path));
        visit(user, EntryView(entry).get());
        return {};
    });
}

holt_kind holt_snapshot_read_at(holt_snapshot* snapshot, const char* path, uint64_t offset,
                                void* bytes, size_t room, size_t* got, holt_status** status) {
    *got = 0;
    return run(status, [&]() -> Status {
        HOLT_TRY_LET(size, snapshot->snapshot.read_at(path, offset,
                                                      {static_cast<std::uint8_t*>(bytes), room}));
        *got = size;
        return {};
    });
}

holt_kind holt_snapshot_cat(holt_snapshot* snapshot, const char* path, holt_writer write,
                            void* user, holt_status** status) {
    return run(status, [&]() -> Status {
        return snapshot->snapshot.cat(path, [&](std::string_view bytes) -> Status {
            if (write(user, bytes.data(), bytes.size()) == 0) return {};
            return holt::fail(holt::ErrorKind::failed, "write out", path,
                              "the caller's writer failed");
        });
    });
}

holt_kind holt_store_find_entries(holt_store* store, const holt_find_options* options,
                                  const holt_call* call, holt_found_visitor visit, void* user,
                                  holt_status** status) {
    return operate(status, call, holt::capi::to_find_options, options,
                   [&](auto& how, Call& operation) -> Status {
                       HOLT_TRY(store->store.find_entries(
                           how,
                           [&](const holt::FoundEntry& found) {
                               const holt::capi::InfoView info(found.snapshot);
                               return holt::capi::to_visit(
                                   visit(user, info.get(), EntryView(found.entry).get()));
                           },
                           operation));
                       return {};
                   });
}

}  // extern "C"
