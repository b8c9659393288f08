// How an operation is run: a holt_call as the library's observer, cancel and threads. Thread rule:
// as Observer.
#pragma once

#include <holt/holt.h>
#include <holt/cancel.hpp>
#include <holt/observer.hpp>

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

    const Cancel* cancel() const noexcept { return &cancel_; }
    unsigned threads() const noexcept { return call_.threads; }

  private:
    void ask() noexcept;

    const holt_call call_;
    Cancel cancel_;
};

}  // namespace holt::capi
