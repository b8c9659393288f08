// The Huffman decoding loops, included once by each decode_kernels_SET.cpp; everything here is in
// an anonymous namespace so that no instruction set's code is taken for another's.
//
// A stream's state in the fast loop is a 64-bit container, next bit on top, and the address it was
// loaded from. A 1 is planted in the container's lowest bit at the load, so the number of trailing
// zeros tells how many bits were taken, and no second counter is needed.
// A look-up is a chain of shift, load and shift, and so is the refill; four streams do not hide
// them. So a round is four codes, and the refill's load begins when three of them are taken: it
// overlaps with the fourth look-up. Bits left over (7), the code not counted yet (11), three codes
// (33) and the fourth look-up (11) are 62: the planted bit is never taken for data.
#pragma once

#include <cstring>

#include "codec/zstd/decode/decode_kernels.h"
#include "codec/zstd/format/bit_reader.h"

#if defined(__BMI2__) && defined(__GNUC__) && !defined(__clang__) && defined(__OPTIMIZE__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define HOLT_HUFFMAN_ASM 1
#else
#define HOLT_HUFFMAN_ASM 0
#endif

namespace holt::zstd {
namespace {

constexpr int kCodesPerRound = 4;
constexpr int kMaxBytesPerRound = 6;  // 4 x 11 bits, rounded up
static_assert(7 + 11 + 3 * 11 + 11 < 63 && kCodesPerRound * 11 <= kMaxBytesPerRound * 8);

inline std::uint64_t load64(const std::uint8_t* at) {
    std::uint64_t value;
    std::memcpy(&value, at, sizeof value);
    if constexpr (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__) value = __builtin_bswap64(value);
    return value;
}

inline void store16(std::uint8_t* at, std::uint32_t value) {
    auto word = static_cast<std::uint16_t>(value);
    if constexpr (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__) word = __builtin_bswap16(word);
    std::memcpy(at, &word, sizeof word);
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
        // Five codes of 11 bits are no more than a load holds, 57 bits.
        const int batch = size < 5 ? static_cast<int>(size) : 5;
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
    std::int64_t left() const { return (at - begin) * 8 + 64 - __builtin_ctzll(bits); }
    /// Rounds that surely load nothing outside the stream and the slack before it. What is taken
    /// from the slack shows as a negative left() at the end.
    std::int64_t safe_rounds() const {
        return (at - begin + std::int64_t{kFrontSlack}) / kMaxBytesPerRound;
    }

    /// Four look-ups: calls put(i, entry) for each, whose low byte is the code's length.
    template <unsigned kShift, class Entry, class Put>
    void round(const Entry* table, const Put& put) {
        for (int i = 0; i < 3; ++i) {
            const Entry entry = table[bits >> kShift];
            bits <<= entry & 63;
            put(i, entry);
        }
        const int taken = __builtin_ctzll(bits);
        at -= taken >> 3;
        const std::uint64_t next = load64(at) | 1;
        const Entry entry = table[bits >> kShift];
        bits = next << (((taken & 7) + entry) & 63);
        put(3, entry);
    }
};

inline std::int64_t least(std::int64_t a, std::int64_t b) {
    return a < b ? a : b;
}

inline std::int64_t safe_rounds(const HuffmanStream& a, const HuffmanStream& b,
                                const HuffmanStream& c, const HuffmanStream& d) {
    return least(least(a.safe_rounds(), b.safe_rounds()), least(c.safe_rounds(), d.safe_rounds()));
}

/// One symbol a look-up: the four outputs advance together.
template <unsigned kDepth>
void fast_singles(const HuffmanJob& job, HuffmanStream (&streams)[4], std::uint8_t* (&out)[4],
                  std::uint8_t* const (&ends)[4]) {
    const std::uint16_t* const table = job.single;
    HuffmanStream a = streams[0], b = streams[1], c = streams[2], d = streams[3];
    std::uint8_t* to = out[0];
    const std::ptrdiff_t segment = out[1] - out[0];
    for (;;) {
        const std::int64_t room = (ends[3] - (to + 3 * segment)) / kCodesPerRound;
        std::int64_t rounds = least(safe_rounds(a, b, c, d), room);
        if (rounds <= 0) break;
        do {
            const auto put = [to](std::ptrdiff_t place) {
                return [to, place](int i, std::uint16_t entry) {
                    to[place + i] = static_cast<std::uint8_t>(entry >> 8);
                };
            };
            a.round<64 - kDepth>(table, put(0));
            b.round<64 - kDepth>(table, put(segment));
            c.round<64 - kDepth>(table, put(2 * segment));
            d.round<64 - kDepth>(table, put(3 * segment));
            to += kCodesPerRound;
        } while (--rounds > 0);
    }
    streams[0] = a, streams[1] = b, streams[2] = c, streams[3] = d;
    for (int i = 0; i < 4; ++i) out[i] = to + i * segment;
}

// Twelve values change in a round of pairs; GCC puts half of them on the stack, and takes an entry
// apart by shifts, of which three a cycle are all there are. So the round is written in assembly
// where it can be; what round() and put do is the plain form of it.
#if HOLT_HUFFMAN_ASM
// clang-format off
#define HOLT_LOOK_UP(s)                            \
    "shrx %[shift], %[" #s "], %[index]\n\t"       \
    "mov (%[table], %[index], 4), %k[entry]\n\t"
#define HOLT_PUT(s)                                \
    "movzwl 1(%[table], %[index], 4), %k[entry]\n\t" \
    "movzbl 3(%[table], %[index], 4), %k[index]\n\t" \
    "mov %w[entry], (%[to_" #s "])\n\t"            \
    "add %[index], %[to_" #s "]\n\t"
#define HOLT_STEP(s)                               \
    HOLT_LOOK_UP(s)                                \
    "shlx %[entry], %[" #s "], %[" #s "]\n\t"      \
    HOLT_PUT(s)
#define HOLT_LAST_STEP(s)                          \
    "tzcnt %[" #s "], %[taken]\n\t"                \
    "mov %[taken], %[index]\n\t"                   \
    "shr $3, %[index]\n\t"                         \
    "mov %[at_" #s "], %[next]\n\t"                \
    "sub %[index], %[next]\n\t"                    \
    "mov %[next], %[at_" #s "]\n\t"                \
    HOLT_LOOK_UP(s)                                \
    "mov (%[next]), %[" #s "]\n\t"                 \
    "and $7, %k[taken]\n\t"                        \
    "or $1, %[" #s "]\n\t"                         \
    "add %[entry], %[taken]\n\t"                   \
    "shlx %[taken], %[" #s "], %[" #s "]\n\t"      \
    HOLT_PUT(s)
#define HOLT_STEPS HOLT_STEP(a) HOLT_STEP(b) HOLT_STEP(c) HOLT_STEP(d)
#define HOLT_LAST_STEPS HOLT_LAST_STEP(a) HOLT_LAST_STEP(b) HOLT_LAST_STEP(c) HOLT_LAST_STEP(d)
// clang-format on
#endif

/// One or two symbols a look-up.
template <unsigned kDepth>
void fast_pairs(const HuffmanJob& job, HuffmanStream (&streams)[4], std::uint8_t* (&out)[4],
                std::uint8_t* const (&ends)[4]) {
    const std::uint32_t* const table = job.pairs;
    HuffmanStream a = streams[0], b = streams[1], c = streams[2], d = streams[3];
    std::uint8_t *to_a = out[0], *to_b = out[1], *to_c = out[2], *to_d = out[3];
    for (;;) {
        const std::int64_t room =
            least(least(ends[0] - to_a, ends[1] - to_b), least(ends[2] - to_c, ends[3] - to_d)) /
            (2 * kCodesPerRound);
        std::int64_t rounds = least(safe_rounds(a, b, c, d), room);
        if (rounds <= 0) break;
#if HOLT_HUFFMAN_ASM
        const std::uint64_t shift = 64 - kDepth;
        std::uint64_t index, entry, taken, next;
        do {
            asm(HOLT_STEPS HOLT_STEPS HOLT_STEPS HOLT_LAST_STEPS
                : [a] "+r"(a.bits), [b] "+r"(b.bits), [c] "+r"(c.bits), [d] "+r"(d.bits),
                  [to_a] "+r"(to_a), [to_b] "+r"(to_b), [to_c] "+r"(to_c), [to_d] "+r"(to_d),
                  [at_a] "+m"(a.at), [at_b] "+m"(b.at), [at_c] "+m"(c.at), [at_d] "+m"(d.at),
                  [index] "=&r"(index), [entry] "=&r"(entry), [taken] "=&r"(taken),
                  [next] "=&r"(next)
                : [table] "r"(table), [shift] "r"(shift)
                : "cc", "memory");
#else
        do {
            const auto put = [](std::uint8_t*& to) {
                return [&to](int, std::uint32_t entry) {
                    store16(to, entry >> 8);
                    to += entry >> 24;
                };
            };
            a.round<64 - kDepth>(table, put(to_a));
            b.round<64 - kDepth>(table, put(to_b));
            c.round<64 - kDepth>(table, put(to_c));
            d.round<64 - kDepth>(table, put(to_d));
#endif
        } while (--rounds > 0);
    }
    streams[0] = a, streams[1] = b, streams[2] = c, streams[3] = d;
    out[0] = to_a, out[1] = to_b, out[2] = to_c, out[3] = to_d;
}

template <unsigned kDepth>
void fast_streams(const HuffmanJob& job, HuffmanStream (&streams)[4], std::uint8_t* (&out)[4],
                  std::uint8_t* const (&ends)[4]) {
    if (job.pairs != nullptr)
        fast_pairs<kDepth>(job, streams, out, ends);
    else
        fast_singles<kDepth>(job, streams, out, ends);
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
    // A shift by a constant spares a register; tables that are not deep are for few literals.
    switch (job.depth) {
        case 11:
            fast_streams<11>(job, streams, out, ends);
            break;
        case 10:
            fast_streams<10>(job, streams, out, ends);
            break;
        case 9:
            fast_streams<9>(job, streams, out, ends);
            break;
        case 8:
            fast_streams<8>(job, streams, out, ends);
            break;
        case 7:
            fast_streams<7>(job, streams, out, ends);
            break;
        case 6:
            fast_streams<6>(job, streams, out, ends);
            break;
        case 5:
            fast_streams<5>(job, streams, out, ends);
            break;
        default:
            break;
    }
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
