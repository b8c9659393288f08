// The edge of the library: no exception passes it. Thread rule: free functions.
#pragma once

#include <cerrno>
#include <exception>
#include <new>
#include <type_traits>
#include <utility>

#include "base/error.h"

namespace holt {

/// Nothing in it needs memory: its texts are short enough to lie in the strings themselves.
inline Error out_of_memory() noexcept {
    return {.kind = ErrorKind::failed, .sys_errno = ENOMEM, .operation = "allocate"};
}

/// What an exception that is no bad_alloc means: a caller's function threw it.
inline Error thrown(const char* what) noexcept {
    try {
        return {.kind = ErrorKind::failed, .operation = "call", .cause = what};
    } catch (...) {
        return out_of_memory();
    }
}

/// The result of `operation`, or what it threw as an error.
template <class Operation>
std::invoke_result_t<Operation> guarded(Operation&& operation) noexcept {
    try {
        return std::forward<Operation>(operation)();
    } catch (const std::bad_alloc&) {
        return std::unexpected(out_of_memory());
    } catch (const std::exception& error) {
        return std::unexpected(thrown(error.what()));
    } catch (...) {
        return std::unexpected(thrown("an exception of an unknown kind"));
    }
}

}  // namespace holt
