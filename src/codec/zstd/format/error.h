// What can be wrong with a zstd frame, and where. Kernels return the one-byte code; the objects
// above them add the place.
#pragma once

#include <cstdint>
#include <expected>
#include <string_view>

namespace holt::zstd {

enum class ErrorCode : std::uint8_t {
    ok = 0,
    truncated,         ///< the input ends inside a frame
    bad_magic,         ///< neither a zstd frame nor a skippable one
    bad_frame_header,  ///< reserved bit set, or an impossible header (RFC 8878 3.1.1.1)
    window_too_large,  ///< needs more memory than the limit allows
    bad_block,         ///< reserved block type, or a block larger than Block_Maximum_Size
    bad_literals,      ///< literals section header or sizes (3.1.1.3.1)
    bad_huffman,       ///< Huffman tree description or stream (4.2)
    bad_fse,           ///< FSE table description (4.1.1)
    bad_sequences,     ///< sequences section, codes or bit stream (3.1.1.3.2)
    bad_offset,        ///< a match reaches before the start of the window or dictionary
    no_table,          ///< a repeat mode or treeless block without a table before it
    wrong_size,        ///< content is not as long as the header says
    wrong_checksum,    ///< content checksum (3.1.1)
    wrong_dictionary,  ///< another dictionary is needed than the one given
    bad_dictionary,    ///< the dictionary itself is malformed (RFC 8878 section 5)
    output_full,       ///< the destination is too small for the content
    bad_parameter,     ///< a level or option out of range
    out_of_memory,
    stopped,  ///< the caller's own functions asked for it
};

/// A sentence for each code, without the place.
std::string_view describe(ErrorCode code) noexcept;

struct Error {
    ErrorCode code = ErrorCode::ok;
    std::uint64_t input_offset = 0;  ///< bytes from the start of the input to what is wrong
};

template <class T>
using Expected = std::expected<T, Error>;

}  // namespace holt::zstd
