// Fuzz: whatever the input, level and way of feeding it, our frame fits its bound and libzstd reads
// it back unchanged. The first two bytes choose level and way.
#include <zstd.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <vector>

#include "codec/zstd/encode/compress.h"
#include "codec/zstd/jobs/compress_job_stream.h"

namespace {

using holt::Bytes;
using holt::ByteView;
using holt::MutableByteView;
using namespace holt::zstd;

void require(bool condition) {
    if (!condition) std::abort();
}

Bytes one_shot(ByteView input, int level) {
    static std::vector<Compressor> reused = [] {
        std::vector<Compressor> all;
        for (int l = kMinLevel; l <= kMaxLevel; ++l) all.emplace_back(EncodeOptions{.level = l});
        return all;
    }();
    Bytes frame(compress_bound(input.size()));
    const auto size = reused[static_cast<std::size_t>(level - kMinLevel)].compress(input, frame);
    require(size.has_value());
    frame.resize(*size);
    return frame;
}

// Levels above have windows and tables of many megabytes when the length is not known.
constexpr int kMaxStreamLevel = 12;

Bytes streamed(ByteView input, int level, std::size_t piece) {
    static std::vector<CompressStream> reused = [] {
        std::vector<CompressStream> all;
        for (int l = kMinLevel; l <= kMaxStreamLevel; ++l)
            all.emplace_back(EncodeOptions{.level = l, .checksum = true});
        return all;
    }();
    CompressStream& stream = reused[static_cast<std::size_t>(level - kMinLevel)];
    Bytes frame;
    Bytes room(piece % 97 + 1);
    std::size_t at = 0;
    for (;;) {
        const std::size_t size = std::min(input.size() - at, piece);
        const bool last = at + size == input.size();
        const auto flush = last             ? CompressStream::Flush::end
                           : piece % 3 == 0 ? CompressStream::Flush::block
                                            : CompressStream::Flush::none;
        const auto progress = stream.run(input.subspan(at, size), room, flush);
        require(progress.has_value());
        at += progress->consumed;
        frame.insert(frame.end(), room.begin(),
                     room.begin() + static_cast<std::ptrdiff_t>(progress->produced));
        if (last && progress->done) return frame;
    }
}

// Jobs, with long matches.
Bytes in_jobs(ByteView input, std::size_t piece) {
    static JobStream jobs({.encode = {.level = 3}, .threads = 0, .long_window_log = 17});
    Bytes frame;
    std::size_t at = 0;
    const auto length = jobs.run(
        {.read = [&](MutableByteView room) -> std::optional<std::size_t> {
             const std::size_t size = std::min({input.size() - at, room.size(), piece});
             std::copy_n(input.begin() + static_cast<std::ptrdiff_t>(at), size, room.begin());
             at += size;
             return size;
         },
         .write =
             [&](ByteView bytes) {
                 frame.insert(frame.end(), bytes.begin(), bytes.end());
                 return true;
             },
         .stop = [] { return false; }});
    require(length.has_value() && *length == input.size());
    return frame;
}

Bytes compressed(ByteView input, int level, std::uint8_t way) {
    if (way >= 192) return in_jobs(input, std::size_t{way} - 191);
    if (way >= 128 && level <= kMaxStreamLevel)
        return streamed(input, level, std::size_t{way} - 127);
    return one_shot(input, level);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const int level = kMinLevel + data[0] % (kMaxLevel - kMinLevel + 1);
    const ByteView input(data + 2, size - 2);
    const Bytes frame = compressed(input, level, data[1]);
    Bytes back(input.size() + 1);
    const std::size_t made = ZSTD_decompress(back.data(), back.size(), frame.data(), frame.size());
    require(made == input.size() && holt::equal(ByteView(back).first(made), input));
    return 0;
}
