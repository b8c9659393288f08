// Helpers that make and pass on Errors. Thread rule: pure functions.
#pragma once

#include <holt/error.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace holt {

/// What to do next: in words, or as a code, which has words of its own.
struct AdviceText {
    AdviceText() = default;
    AdviceText(std::string text) : words(std::move(text)) {}  // NOLINT
    AdviceText(const char* text) : words(text) {}             // NOLINT
    AdviceText(Advice advice, std::uint64_t number = 0)       // NOLINT
        : words(holt::words(advice)), code(advice), value(number) {}

    std::string words{};
    Advice code = Advice::none;
    std::uint64_t value = 0;
};
/// Gives `error` this advice in place of what it has.
void advise(Error& error, AdviceText advice);

/// An error without an errno.
[[nodiscard]] std::unexpected<Error> fail(ErrorKind kind, std::string operation, std::string object,
                                          std::string cause, AdviceText advice = {});

/// An error from a system call. The kind follows from the errno (ENOSPC, EDQUOT and EFBIG are
/// no_space, the rest failed), and so does the advice where there is something to say.
[[nodiscard]] std::unexpected<Error> fail_errno(int err, std::string operation, std::string object);

/// A path that is not there: `failed`, with ENOENT. `not_found` is for what a store does not have,
/// so that who asks a cache for something is never told of a miss for another reason.
[[nodiscard]] std::unexpected<Error> fail_missing(std::string operation, std::string object,
                                                  std::string cause, AdviceText advice = {});
[[nodiscard]] bool is_missing(const Error& error) noexcept;
/// Of a folder that could not be opened: there is none. It is missing, or something else (an error
/// without an errno), or no name that a file could have. One that may not be opened is there.
[[nodiscard]] bool is_no_folder(const Error& not_opened) noexcept;

/// True when an errno says that the machine lacked descriptors or memory: nothing is wrong with the
/// item at hand, and so it must not be left out for it.
[[nodiscard]] bool is_shortage(int err) noexcept;

/// strerror without its thread hazards.
[[nodiscard]] std::string errno_text(int err);

/// Bytes as they may be shown: control characters, invalid UTF-8 and backslashes escaped (\n,
/// \x1b).
[[nodiscard]] std::string printable(std::string_view bytes);

}  // namespace holt

/// Pass an error on to the caller: `HOLT_TRY(expr);` drops the value.
#define HOLT_TRY(...)                                                            \
    do {                                                                         \
        if (auto holt_try_result = (__VA_ARGS__); !holt_try_result) [[unlikely]] \
            return std::unexpected(std::move(holt_try_result).error());          \
    } while (false)

#define HOLT_CONCAT_(a, b) a##b
#define HOLT_CONCAT(a, b) HOLT_CONCAT_(a, b)
#define HOLT_TRY_LET_(name, tmp, ...)                   \
    auto tmp = (__VA_ARGS__);                           \
    if (!tmp) [[unlikely]]                              \
        return std::unexpected(std::move(tmp).error()); \
    auto name = *std::move(tmp)

/// Pass an error on, or bind the value: `HOLT_TRY_LET(fd, open_file(path));`.
#define HOLT_TRY_LET(name, ...) HOLT_TRY_LET_(name, HOLT_CONCAT(holt_try_, __LINE__), __VA_ARGS__)
