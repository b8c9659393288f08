// Streaming in random pieces gives what one call gives: the same bytes, or the same error.
#include <cstdlib>
#include <random>

#include "codec/zstd/decode/decompress.h"

namespace {

using namespace holt;
using namespace holt::zstd;

constexpr std::size_t kCapacity = 1u << 20;

Expected<Bytes> decode_in_pieces(ByteView input, unsigned seed) {
    std::mt19937 random(seed);
    DecompressStream stream(DecodeOptions{.window_limit = ~std::uint64_t{0}});
    const std::size_t most = 1 + random() % 300;
    Bytes out;
    std::size_t at = 0;
    for (;;) {
        const std::size_t give = std::min<std::size_t>(random() % (most + 1), input.size() - at);
        // A copy of its own, so that reading outside a piece is seen.
        const Bytes piece(input.begin() + static_cast<std::ptrdiff_t>(at),
                          input.begin() + static_cast<std::ptrdiff_t>(at + give));
        Bytes room(1 + random() % 5000);
        const auto progress = stream.run(piece, room);
        if (!progress) return std::unexpected(progress.error());
        if (progress->consumed > give || progress->produced > room.size()) std::abort();
        at += progress->consumed;
        out.insert(out.end(), room.begin(),
                   room.begin() + static_cast<std::ptrdiff_t>(progress->produced));
        if (out.size() > kCapacity) return out;
        if (at == input.size() && give == 0 && progress->produced == 0) break;
    }
    if (!stream.at_frame_boundary())
        return std::unexpected(Error{ErrorCode::truncated, input.size()});
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Decompressor decompressor;
    static Bytes room(kCapacity);
    const auto whole = decompressor.decompress({data, size}, room);
    if (!whole && whole.error().code == ErrorCode::output_full) return 0;
    const auto pieces = decode_in_pieces({data, size}, static_cast<unsigned>(size * 2654435761u));
    if (whole.has_value() != pieces.has_value()) std::abort();
    if (whole) {
        if (!equal(ByteView(room).first(*whole), *pieces)) std::abort();
    } else if (whole.error().code != pieces.error().code ||
               whole.error().input_offset != pieces.error().input_offset) {
        std::abort();
    }
    return 0;
}
