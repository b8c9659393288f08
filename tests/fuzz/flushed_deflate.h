// Raw deflate streams with joints: places at which zlib flushed all that it had. Thread rule: pure.
#pragma once

#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

namespace holt::test {

/// `content` compressed with a flush (Z_FULL_FLUSH, Z_SYNC_FLUSH) behind every `piece` bytes.
inline std::vector<std::uint8_t> flushed_deflate(std::span<const std::uint8_t> content, int level,
                                                 std::size_t piece, int flush) {
    z_stream stream{};
    if (deflateInit2(&stream, level, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        std::abort();
    std::vector<std::uint8_t> out(content.size() * 2 + 20 * (content.size() / piece + 2));
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(out.size());
    for (std::size_t at = 0; at < content.size(); at += piece) {
        stream.next_in = const_cast<Bytef*>(content.data() + at);
        stream.avail_in = static_cast<uInt>(std::min(piece, content.size() - at));
        deflate(&stream, flush);
    }
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

}  // namespace holt::test
