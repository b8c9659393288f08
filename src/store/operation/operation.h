// What all steps of one operation use: the store, how it was opened, who wants to stop it, and
// where goes what it finds. Made once, by the function that is the operation; steps take it as
// their first parameter. Thread rule: as its members; they may be used from any thread.
#pragma once

#include <holt/store.hpp>

#include "store/operation/lock_wait.h"
#include "store/operation/log.h"
#include "store/operation/profile.h"
#include "store/operation/reporter.h"

namespace holt::store {

class StoreFolder;

struct Operation {
    /// All but `its_cancel` outlive it. `its_cancel` is the operation's own; without one, that of
    /// the open store is heard.
    Operation(const StoreFolder& its_store, const OpenOptions& its_open, const Cancel* its_cancel,
              Observer& observer)
        : store(its_store),
          open(its_open),
          cancel(its_cancel != nullptr ? its_cancel : its_open.cancel),
          reporter(observer),
          profile(observer),
          log(make_log(its_open.log)) {}

    fs::LockWait wait() const noexcept { return lock_wait(open, cancel); }
    bool may_write() const noexcept { return open.access != Access::read_only; }
    /// An error, named `what`, when somebody asked to stop.
    Status go_on(const char* what) const {
        if (cancel == nullptr || !cancel->requested()) return {};
        return cancelled(what);
    }

    const StoreFolder& store;
    const OpenOptions& open;
    const Cancel* const cancel;
    Reporter reporter;
    Profile profile;
    const Log log;
};

}  // namespace holt::store
