#include "capi/status.h"

namespace holt::capi {
namespace {

// Made before it is needed. It is never freed: holt_status_free() knows it.
holt_status& status_of_no_memory() noexcept {
    static holt_status status{out_of_memory(), {}};
    return status;
}

constexpr const char* kNoMemory = "out of memory";

}  // namespace

holt_kind report(Error&& error, holt_status** status) noexcept {
    const auto kind = static_cast<holt_kind>(error.kind);
    if (status == nullptr) return kind;
    try {
        std::string message = error.message();
        *status = new holt_status{std::move(error), std::move(message)};
    } catch (...) {
        *status = &status_of_no_memory();
        return HOLT_FAILED;
    }
    return kind;
}

}  // namespace holt::capi

extern "C" {

const char* holt_kind_name(holt_kind kind) {
    if (kind == HOLT_OK) return "ok";
    return holt::name(static_cast<holt::ErrorKind>(kind)).data();
}

holt_kind holt_status_kind(const holt_status* status) {
    return status == nullptr ? HOLT_OK : static_cast<holt_kind>(status->error.kind);
}

int holt_status_errno(const holt_status* status) {
    return status == nullptr ? 0 : status->error.sys_errno;
}

const char* holt_status_message(const holt_status* status) {
    if (status == nullptr) return "";
    return status == &holt::capi::status_of_no_memory() ? holt::capi::kNoMemory
                                                        : status->message.c_str();
}

const char* holt_status_operation(const holt_status* status) {
    return status == nullptr ? "" : status->error.operation.c_str();
}

const char* holt_status_object(const holt_status* status) {
    return status == nullptr ? "" : status->error.object.c_str();
}

const char* holt_status_cause(const holt_status* status) {
    return status == nullptr ? "" : status->error.cause.c_str();
}

const char* holt_status_advice(const holt_status* status) {
    return status == nullptr ? "" : status->error.advice.c_str();
}

int holt_status_advice_code(const holt_status* status) {
    return status == nullptr ? 0 : static_cast<int>(status->error.advice_code);
}

uint64_t holt_status_advice_value(const holt_status* status) {
    return status == nullptr ? 0 : status->error.advice_value;
}

void holt_status_free(holt_status* status) {
    if (status != &holt::capi::status_of_no_memory()) delete status;
}

}  // extern "C"
