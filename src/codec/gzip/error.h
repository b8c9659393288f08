// What can be wrong with a gzip stream, and where.
#pragma once

#include <cstdint>
#include <expected>
#include <string_view>

namespace holt::gzip {

enum class ErrorCode : std::uint8_t {
    ok = 0,
    truncated,         ///< the input ends inside a member
    bad_magic,         ///< does not begin with 1F 8B (RFC 1952 2.3.1)
    bad_method,        ///< a compression method other than deflate
    bad_flags,         ///< a reserved flag is set: the header may have fields nobody knows
    header_too_long,   ///< name, comment and extra field together pass kMaxHeader
    wrong_header_crc,  ///< the header's own CRC16
    bad_data,          ///< the deflate stream is malformed (RFC 1951)
    wrong_crc,         ///< the content does not have the trailer's CRC32
    wrong_length,      ///< the content is not as long as the trailer says (modulo 2^32)
    output_limit,      ///< the content passes DecodeOptions::output_limit
    bad_parameter,     ///< a level or option out of range
    stopped,           ///< the caller's Read or Write refused to go on
    out_of_memory,
};

/// A sentence for each code, without the place.
std::string_view describe(ErrorCode code) noexcept;

struct Error {
    ErrorCode code = ErrorCode::ok;
    std::uint64_t input_offset = 0;   ///< bytes from the start of the input to what is wrong
    std::uint64_t member = 0;         ///< whole members before it
    std::uint64_t member_offset = 0;  ///< where the member that it is in begins
    std::uint64_t output_bytes = 0;   ///< content that was written before
};

template <class T>
using Expected = std::expected<T, Error>;

}  // namespace holt::gzip
