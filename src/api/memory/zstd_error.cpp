#include "api/memory/zstd_error.h"

#include <utility>

namespace holt::api {
namespace {

ErrorKind kind_of(zstd::ErrorCode code) noexcept {
    switch (code) {
        case zstd::ErrorCode::window_too_large:
        case zstd::ErrorCode::wrong_size:
        case zstd::ErrorCode::wrong_dictionary:
        case zstd::ErrorCode::bad_dictionary:
            return ErrorKind::unsafe_input;
        case zstd::ErrorCode::bad_parameter:
            return ErrorKind::usage;
        case zstd::ErrorCode::out_of_memory:
        case zstd::ErrorCode::output_full:
            return ErrorKind::failed;
        default:
            return ErrorKind::corrupt;
    }
}

AdviceText advice_of(zstd::ErrorCode code) {
    switch (code) {
        case zstd::ErrorCode::window_too_large:
            return Advice::allow_memory;
        case zstd::ErrorCode::wrong_dictionary:
            return Advice::give_dictionary;
        case zstd::ErrorCode::bad_dictionary:
            return Advice::train_dictionary;
        case zstd::ErrorCode::bad_parameter:
            return "choose a level in the range of zstd_levels(), and a window of 2^10 to 2^31";
        case zstd::ErrorCode::out_of_memory:
            return "close other programs or add memory";
        case zstd::ErrorCode::bad_magic:
            return "check that this is a .zst file";
        default:
            return Advice::get_whole_copy;
    }
}

}  // namespace

std::unexpected<Error> codec_error(const zstd::Error& error, const std::string& operation,
                                   const std::string& shown) {
    std::string cause(zstd::describe(error.code));
    const bool has_place = error.code != zstd::ErrorCode::bad_parameter &&
                           error.code != zstd::ErrorCode::out_of_memory;
    if (has_place) cause += ", at byte " + std::to_string(error.input_offset);
    return fail(kind_of(error.code), operation, shown, std::move(cause), advice_of(error.code));
}

}  // namespace holt::api
