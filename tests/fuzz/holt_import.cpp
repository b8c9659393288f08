// What a .holt file says before its digests protect it: header and index. Whatever is accepted
// encodes back to the bytes it was read from. (Packs, trees and records: store_formats.)
#include <algorithm>
#include <cstdlib>

#include "archive/format/holt_format.h"
#include "archive/io/source.h"

using namespace holt;
using namespace holt::store;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView all(data, size);
    (void)recognise_archive(all.first(std::min<std::size_t>(size, 512)));
    if (size >= kHoltHeaderSize) {
        HoltHeader header;
        std::copy_n(data, kHoltHeaderSize, header.begin());
        if (const auto length = decode_holt_header(header, "f"))
            if (encode_holt_header(*length) != header) std::abort();
    }
    Bytes bytes = {'h', 'i', 'd', 'x'};
    bytes.insert(bytes.end(), all.begin(), all.end());
    if (const auto index = decode_holt_index(bytes, "f"))
        if (encode_holt_index(*index) != bytes) std::abort();
    return 0;
}
