// What a Store holds: shared by the files that implement its operations. Thread rule: as Store.
#pragma once

#include <holt/store.hpp>

#include "base/error.h"
#include "base/process.h"
#include "store/catalog/catalog.h"
#include "store/disk/store_folder.h"
#include "store/operation/lock_wait.h"
#include "store/operation/workers.h"

namespace holt {

struct Store::Impl {
    store::StoreFolder folder;
    OpenOptions options;

    int process = current_process();

    Status check_process() const {
        if (process == current_process()) return {};
        return fail(ErrorKind::failed, "use store", folder.path(), "it was opened before a fork()",
                    "open the store again in the child");
    }
    /// Calls a parallel operation, which then keeps to the number of threads that was asked for.
    template <class Operation>
    auto in_parallel(Operation&& operation) const {
        return store::Workers(options.threads).run(std::forward<Operation>(operation));
    }
    // Each operation has its own connection: none is held, and so none blocks a writer, between
    // them.
    Result<store::Catalog> catalog(const Cancel* cancel = nullptr) const {
        HOLT_TRY(check_process());
        return store::Catalog::open(folder, store::Catalog::Mode::read_only,
                                    store::lock_wait(options, cancel));
    }
};

}  // namespace holt
