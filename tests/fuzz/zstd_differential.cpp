// Against libzstd: what both accept has the same bytes, ours accepts nothing that libzstd refuses,
// and refuses more only where RFC 8878 calls the frame corrupt (the list stands in
// tests/codec/zstd/decode_bad_input_test.cpp).
#include <zstd.h>

#include <cstdlib>

#include "codec/zstd/decode/decompress.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace holt;
    using namespace holt::zstd;
    constexpr std::size_t kCapacity = 1u << 20;
    static Decompressor decompressor;
    static ZSTD_DCtx* const context = ZSTD_createDCtx();
    static Bytes our_room(kCapacity), their_room(kCapacity);
    const auto ours = decompressor.decompress({data, size}, our_room);
    const std::size_t theirs =
        ZSTD_decompressDCtx(context, their_room.data(), kCapacity, data, size);
    if (ours && !ZSTD_isError(theirs)) {
        if (!equal(ByteView(our_room).first(*ours), ByteView(their_room).first(theirs)))
            std::abort();
    } else if (ours) {
        // The one thing that libzstd refuses wrongly up to 1.5.5: no sequences, said in two bytes.
        const bool in_two_bytes = [&] {
            for (std::size_t i = 0; i + 1 < size; ++i)
                if (data[i] == 0x80 && data[i + 1] == 0) return true;
            return false;
        }();
        if (!in_two_bytes) std::abort();
    } else if (!ZSTD_isError(theirs)) {
        switch (ours.error().code) {
            case ErrorCode::bad_huffman:
            case ErrorCode::bad_fse:
            case ErrorCode::bad_sequences:
            case ErrorCode::bad_offset:
            case ErrorCode::bad_block:
                break;
            case ErrorCode::bad_magic: {
                // Formats of before the RFC (v0.1 to v0.7), which Debian's libzstd still reads.
                const std::uint8_t* const magic = data + ours.error().input_offset;
                if (magic[0] >= 0x1E && magic[0] <= 0x27 && magic[1] == 0xB5 && magic[2] == 0x2F &&
                    magic[3] == 0xFD)
                    break;
                std::abort();
            }
            default:
                std::abort();
        }
    }
    return 0;
}
