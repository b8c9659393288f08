// Error and Result: how every part of Holt reports failure, from the codec to the command line.
//
// An Error says what was being done, to what, why it failed and what to do next. Its kind decides
// the program's exit code and is stable across releases. Values are immutable once made and may be
// moved between threads.
#pragma once

#include <holt/export.h>
#include <holt/advice.hpp>

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace holt {

/// What went wrong, as a caller would act on it. The numbers are the command line's exit codes.
enum class ErrorKind : std::uint8_t {
    failed = 1,         ///< an operation failed for a reason none of the others names
    usage = 2,          ///< the caller's arguments make no sense
    partial = 3,        ///< done, but some items were left out; each was reported
    no_store = 10,      ///< no store here, not a store, or of a version this build cannot read
    busy = 11,          ///< a lock was not had in time; the holder is named
    unsafe_input = 12,  ///< untrusted input refused; nothing was published
    not_found = 13,     ///< the store has no such snapshot or key, or the snapshot no such path
    corrupt = 14,       ///< stored bytes are not what was written
    no_space = 15,      ///< the disk is full, a quota or a limit was reached
    remote = 16,        ///< a remote failed
    cancelled = 130,    ///< the caller asked to stop
};

/// The exit code of SAFETY's table for a kind.
constexpr int exit_code(ErrorKind kind) noexcept {
    return static_cast<int>(kind);
}

/// A short stable name for a kind ("corrupt", "no-space"), as `--json` prints it.
HOLT_API std::string_view name(ErrorKind kind) noexcept;

struct Error {
    ErrorKind kind = ErrorKind::failed;
    int sys_errno = 0;        ///< errno of the system call behind it, or 0
    std::string operation{};  ///< what was being done: "read pack", "create folder"
    std::string object{};     ///< the path or object it was done to; raw bytes, may be empty
    std::string cause{};      ///< why it failed, in words; empty when errno says it all
    std::string advice{};     ///< what to do next; empty when there is nothing to add
    /// The same as a code, for who has options of its own to name: then `advice` is
    /// words(advice_code).
    Advice advice_code = Advice::none;
    std::uint64_t advice_value = 0;  ///< what the code says it is; else 0

    /// One line: `operation 'object': cause; advice`, with the object's control bytes escaped.
    HOLT_API std::string message() const;
};

template <class T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

}  // namespace holt
