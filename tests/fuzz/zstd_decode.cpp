// One-shot decoding of anything, into an output of any size: no crash, nothing outside the buffers.
#include <cstdlib>
#include <memory>

#include "codec/zstd/decode/decompress.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace holt::zstd;
    static Decompressor decompressor(DecodeOptions{.verify_checksum = false});
    // The size decides the room, so that all of it is exercised, also none.
    const std::size_t capacity = size % 5 == 0 ? size * 3 / 2 : size * 20 + 300'000;
    const std::unique_ptr<std::uint8_t, decltype(&std::free)> room(
        static_cast<std::uint8_t*>(std::malloc(capacity + 1)), std::free);
    const auto result = decompressor.decompress({data, size}, {room.get(), capacity});
    if (result && *result > capacity) std::abort();
    if (!result && result.error().input_offset > size) std::abort();
    const auto frame = find_frame_size({data, size});
    if (frame && *frame > size) std::abort();
    return 0;
}
