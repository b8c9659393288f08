// The Huffman decoding loops, included once by each decode_kernels_SET.cpp; everything here is in
// an anonymous namespace so that no instruction set's code is taken for another's.
//
// A stream's state in the fast loop is a 64-bit container, next bit on top, and the address it was
// loaded from. A 1 is planted in the container's lowest bit at the load, so the number of trailing
// zeros tells how many bits were taken, and no second counter is needed. Five codes of at most 11
// bits and 7 left-over bits are 62, so the planted bit is never taken for data.
#pragma once

#include <cstring>

#include "codec/zstd/decode_kernels.h"

namespace holt::zstd {
namespace {

constexpr int kCodesPerLoad = 5;
constexpr int kMaxBytesPerLoad = 7;  // 5 x 11 bits, rounded up
static_assert(kCodesPerLoad * 11 + 7 < 63 && kCodesPerLoad * 11 <= kMaxBytesPerLoad * 8);

inline std::uint64_t load64(const std::uint8_t* at) {
    std::uint64_t value;
    std::memcpy(&value, at, sizeof value);
    if constexpr (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__) value = __builtin_bswap64(value);
    return value;
}

inline int bit_width8(unsigned byte) {
    return 32 - __builtin_clz(byte);
}

/// Decodes `size` codes from a stream with `left` bits, which must be exactly as many as they take.
inline ErrorCode finish_stream(const std::uint16_t* table, unsigned depth,
                               const std::uint8_t* begin, std::int64_t left, std::uint8_t* out,
                               std::int64_t size) {
    const unsigned shift = 64 - depth;
    while (size > 0) {
        if (left <= 0) return ErrorCode::bad_huffman;
        std::uint64_t bits = load64(begin + (left + 7) / 8 - 8) << ((8 - (left & 7)) & 7);
        const int batch = size < kCodesPerLoad ? static_cast<int>(size) : kCodesPerLoad;
        for (int i = 0; i < batch; ++i) {
            const unsigned entry = table[bits >> shift];
            bits <<= entry & 63;
            left -= entry & 63;
            *out++ = static_cast<std::uint8_t>(entry >> 8);
        }
        size -= batch;
    }
    return left == 0 ? ErrorCode::ok : ErrorCode::bad_huffman;
}

struct HuffmanStream {
    std::uint64_t bits;
    const std::uint8_t* at;
    const std::uint8_t* begin;

    bool open(const std::uint8_t* first, const std::uint8_t* end) {
        if (first == end || end[-1] == 0) return false;
        begin = first;
        at = end - 8;
        bits = (load64(at) | 1) << (9 - bit_width8(end[-1]));
        return true;
    }
    void refill() {
        const int taken = __builtin_ctzll(bits);
        at -= taken >> 3;
        bits = (load64(at) | 1) << (taken & 7);
    }
    std::int64_t left() const { return (at - begin) * 8 + 64 - __builtin_ctzll(bits); }
    /// Refills that surely stay within the stream.
    std::int64_t safe_loads() const { return (at - begin) / kMaxBytesPerLoad; }
};

inline std::int64_t least(std::int64_t a, std::int64_t b) {
    return a < b ? a : b;
}

/// One symbol a look-up: the four outputs advance together.
inline void fast_singles(const HuffmanJob& job, HuffmanStream (&streams)[4],
                         std::uint8_t* (&out)[4], std::uint8_t* last_end) {
    const std::uint16_t* const table = job.single;
    const unsigned shift = 64 - job.depth;
    HuffmanStream a = streams[0], b = streams[1], c = streams[2], d = streams[3];
    std::uint8_t* to = out[0];
    const std::ptrdiff_t segment = out[1] - out[0];
    for (;;) {
        std::int64_t loads =
            least(least(a.safe_loads(), b.safe_loads()), least(c.safe_loads(), d.safe_loads()));
        loads = least(loads, (last_end - (to + 3 * segment)) / kCodesPerLoad);
        if (loads <= 0) break;
        do {
            for (int i = 0; i < kCodesPerLoad; ++i) {
                const auto step = [&](HuffmanStream& stream, std::ptrdiff_t place) {
                    const unsigned entry = table[stream.bits >> shift];
                    stream.bits <<= entry & 63;
                    to[place + i] = static_cast<std::uint8_t>(entry >> 8);
                };
                step(a, 0);
                step(b, segment);
                step(c, 2 * segment);
                step(d, 3 * segment);
            }
            to += kCodesPerLoad;
            a.refill();
            b.refill();
            c.refill();
            d.refill();
        } while (--loads > 0);
    }
    streams[0] = a, streams[1] = b, streams[2] = c, streams[3] = d;
    for (int i = 0; i < 4; ++i) out[i] = to + i * segment;
}

/// One or two symbols a look-up.
inline void fast_pairs(const HuffmanJob& job, HuffmanStream (&streams)[4], std::uint8_t* (&out)[4],
                       std::uint8_t* const (&ends)[4]) {
    const std::uint32_t* const table = job.pairs;
    const unsigned shift = 64 - job.depth;
    HuffmanStream a = streams[0], b = streams[1], c = streams[2], d = streams[3];
    std::uint8_t *to_a = out[0], *to_b = out[1], *to_c = out[2], *to_d = out[3];
    constexpr int kMaxOut = 2 * kCodesPerLoad;
    for (;;) {
        std::int64_t loads =
            least(least(a.safe_loads(), b.safe_loads()), least(c.safe_loads(), d.safe_loads()));
        loads = least(loads, least(least(ends[0] - to_a, ends[1] - to_b),
                                   least(ends[2] - to_c, ends[3] - to_d)) /
                                 kMaxOut);
        if (loads <= 0) break;
        do {
            for (int i = 0; i < kCodesPerLoad; ++i) {
                const auto step = [&](HuffmanStream& stream, std::uint8_t*& to) {
                    const std::uint32_t entry = table[stream.bits >> shift];
                    stream.bits <<= entry & 63;
                    const auto symbols = static_cast<std::uint16_t>(entry >> 16);
                    to[0] = static_cast<std::uint8_t>(symbols);
                    to[1] = static_cast<std::uint8_t>(symbols >> 8);
                    to += (entry >> 8) & 3;
                };
                step(a, to_a);
                step(b, to_b);
                step(c, to_c);
                step(d, to_d);
            }
            a.refill();
            b.refill();
            c.refill();
            d.refill();
        } while (--loads > 0);
    }
    streams[0] = a, streams[1] = b, streams[2] = c, streams[3] = d;
    out[0] = to_a, out[1] = to_b, out[2] = to_c, out[3] = to_d;
}

ErrorCode huffman_four(const HuffmanJob& job) noexcept {
    // The first three streams regenerate a quarter each, rounded up; the last one the rest.
    const std::size_t segment = (job.size + 3) / 4;
    if (segment * 3 > job.size) return ErrorCode::bad_literals;
    std::uint8_t* out[4];
    std::uint8_t* ends[4];
    HuffmanStream streams[4];
    for (int i = 0; i < 4; ++i) {
        out[i] = job.out + i * segment;
        ends[i] = i < 3 ? out[i] + segment : job.out + job.size;
        if (!streams[i].open(job.begin[i], job.end[i])) return ErrorCode::bad_huffman;
    }
    if (job.pairs != nullptr)
        fast_pairs(job, streams, out, ends);
    else
        fast_singles(job, streams, out, ends[3]);
    for (int i = 0; i < 4; ++i) {
        const ErrorCode done = finish_stream(job.single, job.depth, streams[i].begin,
                                             streams[i].left(), out[i], ends[i] - out[i]);
        if (done != ErrorCode::ok) return done;
    }
    return ErrorCode::ok;
}

ErrorCode huffman_one(const HuffmanJob& job) noexcept {
    HuffmanStream stream;
    if (!stream.open(job.begin[0], job.end[0])) return ErrorCode::bad_huffman;
    return finish_stream(job.single, job.depth, stream.begin, stream.left(), job.out,
                         static_cast<std::int64_t>(job.size));
}

}  // namespace
}  // namespace holt::zstd
