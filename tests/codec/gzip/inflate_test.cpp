// Inflate against zlib: the same bytes for every kind of block, distance and length, at any split
// of the input, and the same verdict on streams that were damaged.
#include "codec/gzip/inflate.h"

#include <gtest/gtest.h>
#include <libdeflate.h>
#include <zlib.h>

#include <algorithm>
#include <random>
#include <string>

#include "codec/gzip/gzip_support.h"

namespace holt::gzip {
namespace {

using codec::CpuLevel;

struct Inflated {
    bool good = false;
    std::string content;
    std::size_t used = 0;  // bytes of the stream
    std::uint32_t crc = 0;
};

ByteView view_of(const std::string& text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

Inflated by_us(const std::string& stream, CpuLevel level, std::size_t piece = std::string::npos) {
    InflateStream inflate(level);
    Inflated result;
    std::size_t offered = 0, at = 0;  // what run() was given, and what it consumed
    for (InflateStream::Step step; !step.finished;) {
        if (!step.full && at == offered) {
            if (at == stream.size()) return result;
            offered = at + std::min(piece, stream.size() - at);
        }
        step = inflate.run(view_of(stream).subspan(at, offered - at));
        at += step.consumed;
        result.content.append(step.output.begin(), step.output.end());
        if (step.malformed) return result;
        EXPECT_TRUE(step.full || step.finished || at == offered) << "input was left";
        result.used = at - step.surplus;
        result.good = step.finished;
    }
    result.crc = inflate.crc();
    return result;
}

Inflated by_zlib(const std::string& stream) {
    Inflated result;
    z_stream state{};
    inflateInit2(&state, -MAX_WBITS);
    state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(stream.data()));
    state.avail_in = static_cast<uInt>(stream.size());
    std::string room(65536, '\0');
    int code = Z_OK;
    while (code == Z_OK) {
        state.next_out = reinterpret_cast<Bytef*>(room.data());
        state.avail_out = static_cast<uInt>(room.size());
        code = inflate(&state, Z_NO_FLUSH);
        result.content.append(room.data(), room.size() - state.avail_out);
    }
    result.good = code == Z_STREAM_END;
    result.used = stream.size() - state.avail_in;
    inflateEnd(&state);
    return result;
}

std::string deflated(const std::string& content, int level, int strategy, int window_bits = 15) {
    z_stream state{};
    deflateInit2(&state, level, Z_DEFLATED, -window_bits, 8, strategy);
    std::string out(deflateBound(&state, content.size()) + 64, '\0');
    state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
    state.avail_in = static_cast<uInt>(content.size());
    state.next_out = reinterpret_cast<Bytef*>(out.data());
    state.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(deflate(&state, Z_FINISH), Z_STREAM_END);
    out.resize(state.total_out);
    deflateEnd(&state);
    return out;
}

/// Runs that repeat at every distance from 1 on, of every length.
std::string runs() {
    std::mt19937 random(5);
    std::string text;
    for (std::size_t distance = 1; distance < 300; ++distance) {
        for (std::size_t i = 0; i < distance; ++i) text += static_cast<char>(random());
        const std::size_t begin = text.size() - distance;
        for (std::size_t i = 0; i < 3 + distance; ++i) text += text[begin + i];
    }
    return text;
}

TEST(Inflate, EveryKindOfBlockAtAnySplit) {
    const std::string far = test::noise(33'000);
    for (const std::string& content :
         {std::string(), std::string("a"), std::string(400'000, '\xf0'), test::sample(700'000),
          test::noise(300'000), runs(), far + far + far.substr(0, 32'000) + far}) {
        for (const int strategy : {Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE}) {
            for (const int level : {0, 1, 6, 9}) {
                const std::string stream = deflated(content, level, strategy) + "behind it";
                for (const CpuLevel cpu : {CpuLevel::portable, codec::detected_cpu_level()}) {
                    for (const std::size_t piece : {stream.size(), std::size_t{100'000},
                                                    std::size_t{4099}, std::size_t{41}}) {
                        const Inflated got = by_us(stream, cpu, piece);
                        ASSERT_TRUE(got.good);
                        ASSERT_TRUE(got.content == content);
                        ASSERT_EQ(got.used, stream.size() - 9);
                        ASSERT_EQ(got.crc, libdeflate_crc32(0, content.data(), content.size()));
                    }
                }
            }
        }
    }
}

TEST(Inflate, OneByteAtATime) {
    const std::string content = test::sample(3000) + runs().substr(0, 5000);
    const std::string stream = deflated(content, 9, Z_DEFAULT_STRATEGY);
    const Inflated got = by_us(stream, codec::detected_cpu_level(), 1);
    EXPECT_TRUE(got.good && got.content == content);
}

// Cut off anywhere, and with any bit flipped: what zlib finds fault with, and nothing else.
TEST(Inflate, DamageIsFoundAsByZlib) {
    std::mt19937 random(9);
    for (const int strategy : {Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY}) {
        const std::string stream =
            deflated(test::sample(1500) + runs().substr(0, 1500), 9, strategy);
        for (std::size_t bit = 0; bit < stream.size() * 8; ++bit) {
            std::string damaged = stream;
            damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
            damaged += std::string(100, '\x55');
            const Inflated reference = by_zlib(damaged);
            for (const CpuLevel cpu : {CpuLevel::portable, codec::detected_cpu_level()}) {
                const Inflated got = by_us(damaged, cpu, 1 + random() % 500);
                ASSERT_EQ(got.good, reference.good) << bit;
                if (!reference.good) continue;
                ASSERT_TRUE(got.content == reference.content) << bit;
                ASSERT_EQ(got.used, reference.used) << bit;
            }
        }
        for (std::size_t length = 0; length < stream.size(); ++length)
            ASSERT_FALSE(by_us(stream.substr(0, length), CpuLevel::portable).good) << length;
    }
}

// A stream begins with nothing behind it: not what another one left in the window.
TEST(Inflate, AMatchMayNotReachBehindTheBeginning) {
    const std::string content = test::sample(100'000);
    InflateStream inflate;
    ASSERT_TRUE(inflate.run(view_of(deflated(content, 6, Z_DEFAULT_STRATEGY))).finished);
    inflate.reset();
    // Fixed codes: the literal 'a', then three bytes from two before.
    const std::string stream("\x4b\x04\x22\x00", 4);
    ASSERT_FALSE(by_zlib(stream).good);
    const auto step = inflate.run(view_of(stream));
    EXPECT_TRUE(step.malformed);
    EXPECT_EQ(step.output.size(), 1u);
}

}  // namespace
}  // namespace holt::gzip
