#include "base/error.h"

#include <cerrno>
#include <cstring>

#include "base/utf8.h"

namespace holt {
namespace {

struct ErrnoAdvice {
    int err;
    ErrorKind kind;
    Advice advice;
};

// What a user can do about the errnos that come from the state of the machine, not from a bug.
constexpr ErrnoAdvice kErrnoAdvice[] = {
    {ENOSPC, ErrorKind::no_space, Advice::free_space},
    {EDQUOT, ErrorKind::no_space, Advice::raise_quota},
    {EFBIG, ErrorKind::no_space, Advice::allow_larger_files},
    {EMFILE, ErrorKind::failed, Advice::raise_file_limit},
    {ENFILE, ErrorKind::failed, Advice::close_programs},
    {EACCES, ErrorKind::failed, Advice::check_permissions},
    {EPERM, ErrorKind::failed, Advice::check_owner},
    {EROFS, ErrorKind::failed, Advice::mount_writable},
    {EIO, ErrorKind::failed, Advice::check_device},
};

}  // namespace

std::string_view name(ErrorKind kind) noexcept {
    switch (kind) {
        case ErrorKind::failed:
            return "failed";
        case ErrorKind::usage:
            return "usage";
        case ErrorKind::partial:
            return "partial";
        case ErrorKind::no_store:
            return "no-store";
        case ErrorKind::busy:
            return "busy";
        case ErrorKind::unsafe_input:
            return "unsafe-input";
        case ErrorKind::not_found:
            return "not-found";
        case ErrorKind::corrupt:
            return "corrupt";
        case ErrorKind::no_space:
            return "no-space";
        case ErrorKind::remote:
            return "remote";
        case ErrorKind::cancelled:
            return "cancelled";
    }
    return "failed";
}

std::string Error::message() const {
    std::string text = operation;
    if (!object.empty()) text += " '" + printable(object) + "'";
    std::string why = cause;
    // That something is missing is said by the cause, where there is one.
    const bool says_all = sys_errno == ENOENT && !why.empty();
    if (sys_errno != 0 && !says_all) why += (why.empty() ? "" : ": ") + errno_text(sys_errno);
    if (!why.empty()) text += ": " + why;
    if (!advice.empty()) text += "; " + advice;
    return text;
}

void advise(Error& error, AdviceText advice) {
    error.advice = std::move(advice.words);
    error.advice_code = advice.code;
    error.advice_value = advice.value;
}

std::unexpected<Error> fail(ErrorKind kind, std::string operation, std::string object,
                            std::string cause, AdviceText advice) {
    return std::unexpected(Error{.kind = kind,
                                 .operation = std::move(operation),
                                 .object = std::move(object),
                                 .cause = std::move(cause),
                                 .advice = std::move(advice.words),
                                 .advice_code = advice.code,
                                 .advice_value = advice.value});
}

std::unexpected<Error> fail_errno(int err, std::string operation, std::string object) {
    Error error{.sys_errno = err, .operation = std::move(operation), .object = std::move(object)};
    for (const ErrnoAdvice& known : kErrnoAdvice) {
        if (known.err != err) continue;
        error.kind = known.kind;
        advise(error, known.advice);
    }
    return std::unexpected(std::move(error));
}

std::unexpected<Error> fail_missing(std::string operation, std::string object, std::string cause,
                                    AdviceText advice) {
    auto failed = fail(ErrorKind::failed, std::move(operation), std::move(object), std::move(cause),
                       std::move(advice));
    failed.error().sys_errno = ENOENT;
    return failed;
}

bool is_missing(const Error& error) noexcept {
    return error.sys_errno == ENOENT;
}

bool is_no_folder(const Error& not_opened) noexcept {
    return is_missing(not_opened) || not_opened.sys_errno == 0 ||
           not_opened.sys_errno == ENAMETOOLONG;
}

bool is_shortage(int err) noexcept {
    return err == EMFILE || err == ENFILE || err == ENOMEM || err == ENOBUFS;
}

std::string errno_text(int err) {
    char buffer[128];
    return ::strerror_r(err, buffer, sizeof buffer);
}

std::string printable(std::string_view bytes) {
    static constexpr char kHex[] = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size());
    while (!bytes.empty()) {
        const std::size_t length = utf8_printable_prefix(bytes);
        if (length > 0 && bytes[0] != '\\') {
            out += bytes.substr(0, length);
            bytes.remove_prefix(length);
            continue;
        }
        const auto byte = static_cast<unsigned char>(bytes[0]);
        switch (byte) {
            case '\n':
                out += "\\n";
                break;
            case '\t':
                out += "\\t";
                break;
            case '\r':
                out += "\\r";
                break;
            case '\\':
                out += "\\\\";
                break;
            default:
                out += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
        }
        bytes.remove_prefix(1);
    }
    return out;
}

}  // namespace holt
