// A dictionary prepared for encoding (RFC 8878 section 5). Immutable after loading.
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "codec/zstd/encode/compress.h"
#include "codec/zstd/encode/sequences_encode.h"
#include "codec/zstd/entropy/huffman_encode.h"
#include "codec/zstd/format/params.h"

namespace holt::zstd {

/// The tables and recent distances that a decoder begins a frame with.
struct DictionaryEntropy {
    HuffmanEncodeTable huffman;
    bool has_huffman = false;
    FseTable sequences[kSequenceKinds];
    std::uint32_t repeats[3];
};

struct EncodeDictionary::Impl {
    std::uint32_t id = 0;
    std::uint64_t serial = 0;                      // differs for every dictionary ever loaded
    Bytes bytes{};                                 // a copy of the whole dictionary
    ByteView content{};                            // the part of it that matches refer to
    std::unique_ptr<DictionaryEntropy> entropy{};  // null for raw content
};

/// Parameters for an input of `size` bytes (or kUnknownSize) behind `content` bytes of a
/// dictionary. They are the same for all sizes of a class, so that a digested dictionary serves
/// them all.
MatchParams dictionary_params(int level, std::size_t content, std::size_t size) noexcept;

}  // namespace holt::zstd
