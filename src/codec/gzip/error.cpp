#include "codec/gzip/error.h"

namespace holt::gzip {

std::string_view describe(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::ok:
            return "no error";
        case ErrorCode::truncated:
            return "unexpected end of file";
        case ErrorCode::bad_magic:
            return "not in gzip format";
        case ErrorCode::bad_method:
            return "compressed with an unknown method";
        case ErrorCode::bad_flags:
            return "the header has flags that are not supported";
        case ErrorCode::header_too_long:
            return "the header has no end";
        case ErrorCode::wrong_header_crc:
            return "the header does not match its checksum";
        case ErrorCode::bad_data:
            return "invalid compressed data--format violated";
        case ErrorCode::wrong_crc:
            return "invalid compressed data--crc error";
        case ErrorCode::wrong_length:
            return "invalid compressed data--length error";
        case ErrorCode::output_limit:
            return "the content is larger than the limit";
        case ErrorCode::bad_parameter:
            return "a parameter is out of range";
        case ErrorCode::stopped:
            return "stopped by the caller";
        case ErrorCode::out_of_memory:
            return "out of memory";
    }
    return "unknown error";
}

}  // namespace holt::gzip
