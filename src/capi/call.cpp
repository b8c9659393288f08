#include "capi/call.h"

#include <string>

#include "capi/status.h"
#include "capi/structs.h"

namespace holt::capi {

Result<holt_call> Call::read(const holt_call* given) {
    return read_struct(given);
}

void Call::ask() noexcept {
    if (call_.cancelled != nullptr && call_.cancelled(call_.user) != 0) cancel_.request();
}

void Call::progress(const Progress& now) {
    ask();
    if (call_.progress == nullptr) return;
    const std::string stage(now.stage);
    const holt_progress told = {.size = sizeof told,
                                .stage = stage.c_str(),
                                .files_done = now.files_done,
                                .files_total = now.files_total,
                                .bytes_done = now.bytes_done,
                                .bytes_total = now.bytes_total};
    call_.progress(call_.user, &told);
}

void Call::note_kind(Severity severity, const Error& first, std::uint64_t count) {
    ask();
    if (call_.note == nullptr) return;
    const holt_status about{first, first.message()};
    call_.note(call_.user, static_cast<holt_severity>(severity), &about, count);
}

}  // namespace holt::capi

extern "C" {

holt_kind holt_cancel_new(holt_cancel** cancel, holt_status** status) {
    *cancel = nullptr;
    return holt::capi::run(status, [&]() -> holt::Status {
        *cancel = new holt_cancel;
        return {};
    });
}

void holt_cancel_request(holt_cancel* cancel) {
    cancel->cancel.request();
}

int holt_cancel_requested(const holt_cancel* cancel) {
    return cancel->cancel.requested() ? 1 : 0;
}

void holt_cancel_free(holt_cancel* cancel) {
    delete cancel;
}

}  // extern "C"
