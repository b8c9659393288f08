// Huffman tree descriptions: an accepted one makes a table whose cells are all sound.
#include <cstdlib>
#include <cstring>

#include "codec/zstd/decode/huffman_decode.h"
#include "codec/zstd/format/bit_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace holt;
    using namespace holt::zstd;
    static HuffmanTable table;
    Bytes input(kFrontSlack + size);
    if (size > 0) std::memcpy(input.data() + kFrontSlack, data, size);
    std::size_t consumed = 0;
    if (read_huffman_table(ByteView(input).subspan(kFrontSlack), table, consumed) != ErrorCode::ok)
        return 0;
    if (consumed > size || table.depth < 1 || table.depth > kMaxHuffmanBits) std::abort();
    build_pairs(table);
    // Each symbol of a code of n bits owns 2^(depth - n) cells in one run.
    for (unsigned i = 0; i < 1u << table.depth;) {
        const unsigned bits = table.single[i] & 255;
        if (bits < 1 || bits > table.depth) std::abort();
        const unsigned run = 1u << (table.depth - bits);
        if (i % run != 0) std::abort();
        for (unsigned k = 0; k < run; ++k) {
            if (table.single[i + k] != table.single[i]) std::abort();
            const std::uint32_t pair = table.pairs[i + k];
            const unsigned symbols = pair >> 24;
            if (symbols < 1 || symbols > 2 || (pair & 255) > table.depth) std::abort();
            if ((pair >> 8 & 255) != table.single[i] >> 8u) std::abort();
        }
        i += run;
    }
    return 0;
}
