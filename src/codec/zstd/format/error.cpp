#include "codec/zstd/format/error.h"

namespace holt::zstd {

std::string_view describe(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::ok:
            return "no error";
        case ErrorCode::truncated:
            return "the input ends inside a frame";
        case ErrorCode::bad_magic:
            return "not a zstd frame";
        case ErrorCode::bad_frame_header:
            return "the frame header is malformed";
        case ErrorCode::window_too_large:
            return "the frame needs a larger window than the limit allows";
        case ErrorCode::bad_block:
            return "a block header is malformed";
        case ErrorCode::bad_literals:
            return "a literals section is malformed";
        case ErrorCode::bad_huffman:
            return "a Huffman table or stream is malformed";
        case ErrorCode::bad_fse:
            return "an FSE table is malformed";
        case ErrorCode::bad_sequences:
            return "a sequences section is malformed";
        case ErrorCode::bad_offset:
            return "a match reaches before the start of the data";
        case ErrorCode::no_table:
            return "a block repeats a table that no earlier block defined";
        case ErrorCode::wrong_size:
            return "the content is not as long as the frame header says";
        case ErrorCode::wrong_checksum:
            return "the content does not match its checksum";
        case ErrorCode::wrong_dictionary:
            return "the frame needs another dictionary";
        case ErrorCode::bad_dictionary:
            return "the dictionary is malformed";
        case ErrorCode::output_full:
            return "the content does not fit into the output buffer";
        case ErrorCode::bad_parameter:
            return "a parameter is out of range";
        case ErrorCode::out_of_memory:
            return "out of memory";
        case ErrorCode::stopped:
            return "stopped by the caller";
    }
    return "unknown error";
}

}  // namespace holt::zstd
