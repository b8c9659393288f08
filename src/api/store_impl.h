// What a Store holds: shared by the files that implement its operations. Thread rule: as Store.
#pragma once

#include <holt/store.hpp>

#include <type_traits>
#include <utility>

#include "base/error.h"
#include "base/no_throw.h"
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
    Status check_writable(const char* operation, const std::string& object) const {
        if (options.access != Access::read_only) return {};
        return fail(ErrorKind::usage, operation, object, "the store was opened for reading only");
    }

    /// The frame of an operation: nothing is thrown out of it, and a child of fork() has none.
    template <class Operation>
    std::invoke_result_t<Operation> use(Operation&& operation) const noexcept {
        return guarded([&]() -> std::invoke_result_t<Operation> {
            HOLT_TRY(check_process());
            return std::forward<Operation>(operation)();
        });
    }
    /// The frame of an operation that writes to the store; `name` and `object` are for its error.
    template <class Operation>
    std::invoke_result_t<Operation> change(const char* name, const std::string& object,
                                           Operation&& operation) const noexcept {
        return use([&]() -> std::invoke_result_t<Operation> {
            HOLT_TRY(check_writable(name, object));
            return std::forward<Operation>(operation)();
        });
    }
    /// Calls a parallel operation, which then keeps to the number of threads that was asked for:
    /// with the operation, else with the store.
    template <class Operation>
    auto in_parallel(unsigned threads, Operation&& operation) const {
        return store::Workers(threads != 0 ? threads : options.threads)
            .run(std::forward<Operation>(operation));
    }
    // Each operation has its own connection: none is held, and so none blocks a writer, between
    // them.
    Result<store::Catalog> catalog(const Cancel* cancel = nullptr) const {
        return store::Catalog::open(folder, store::Catalog::Mode::read_only,
                                    store::lock_wait(options, cancel));
    }
};

}  // namespace holt
