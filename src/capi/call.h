// How an operation is run: a holt_call as the library's observer, cancel and threads, and the
// course that every function with a holt_call takes. Thread rule: as Observer.
#pragma once

#include <holt/holt.h>
#include <holt/cancel.hpp>
#include <holt/observer.hpp>

#include "base/error.h"
#include "capi/status.h"

struct holt_cancel {
    holt::Cancel cancel;
};

namespace holt::capi {

class Call final : public Observer {
  public:
    static Result<holt_call> read(const holt_call* given);
    /// Asks once whether to stop: a short operation may have nothing to tell of its progress.
    explicit Call(const holt_call& call) noexcept
        : call_(call), cancel_(call.cancel == nullptr ? nullptr : &call.cancel->cancel) {
        ask();
    }

    void progress(const Progress& now) override;
    void note(Severity severity, const Error& about) override { note_kind(severity, about, 1); }
    void note_kind(Severity severity, const Error& first, std::uint64_t count) override;

    /// Puts the call's cancel and number of threads into the options of an operation.
    template <class Options>
    void give(Options& options) const noexcept {
        if constexpr (requires { options.cancel; }) options.cancel = &cancel_;
        if constexpr (requires { options.threads; }) options.threads = call_.threads;
        // Those of the cache hold the options of what they do.
        if constexpr (requires { options.restore; }) give(options.restore);
        if constexpr (requires { options.save; }) give(options.save);
        if constexpr (requires { options.snapshot; }) give(options.snapshot);
    }

  private:
    void ask() noexcept;

    const holt_call call_;
    Cancel cancel_;
};

/// Reads what the caller gave, `options` by `read`, and does `work(options, call)`, with the call's
/// cancel and threads in the options.
template <class Read, class Given, class Work>
holt_kind operate(holt_status** status, const holt_call* call, Read&& read, const Given& options,
                  Work&& work) noexcept {
    return run(status, [&]() -> Status {
        HOLT_TRY_LET(how, read(options));
        HOLT_TRY_LET(given, Call::read(call));
        Call operation(given);
        operation.give(how);
        return work(how, operation);
    });
}

}  // namespace holt::capi
