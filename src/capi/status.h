// A failure as C sees it, and the edge that no exception passes. Thread rule: values; free
// functions.
#pragma once

#include <holt/status.h>
#include <holt/error.hpp>

#include <exception>
#include <new>
#include <type_traits>
#include <utility>

#include "base/no_throw.h"

/// The error and its message, which C reads as NUL-terminated texts.
struct holt_status {
    holt::Error error;
    std::string message;
};

namespace holt::capi {

/// Puts `error` where the caller wants it, and returns its kind. Memory that runs out here leaves
/// the status that says so, which needs none.
holt_kind report(Error&& error, holt_status** status) noexcept;

/// Runs a function of the C interface: what it returns or throws becomes a kind and a status.
template <class Operation>
holt_kind run(holt_status** status, Operation&& operation) noexcept {
    if (status != nullptr) *status = nullptr;
    Status done = guarded([&]() -> Status { return std::forward<Operation>(operation)(); });
    if (done) return HOLT_OK;
    return report(std::move(done).error(), status);
}

}  // namespace holt::capi
