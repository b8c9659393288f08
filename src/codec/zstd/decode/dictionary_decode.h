// A dictionary prepared for decoding (RFC 8878 section 5). Immutable after loading.
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "codec/zstd/decode/block_decode.h"
#include "codec/zstd/decode/decompress.h"

namespace holt::zstd {

struct DecodeDictionary::Impl {
    std::uint32_t id = 0;
    Bytes bytes;                               // a copy of the whole dictionary
    ByteView content;                          // the part of it that matches refer to
    std::unique_ptr<DictionaryTables> tables;  // null for raw content
};

}  // namespace holt::zstd
