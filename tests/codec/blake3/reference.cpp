#include "codec/blake3/reference.h"

#include <array>
#include <bit>
#include <utility>

namespace holt::blake3::reference {
namespace {

using Value = std::array<std::uint32_t, 8>;
using Words = std::array<std::uint32_t, 16>;

constexpr std::uint32_t kChunkStart = 1;
constexpr std::uint32_t kChunkEnd = 2;
constexpr std::uint32_t kParent = 4;
constexpr std::uint32_t kRoot = 8;

constexpr Value kInitial = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                            0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

void quarter(Words& v, int a, int b, int c, int d, std::uint32_t x, std::uint32_t y) {
    v[a] = v[a] + v[b] + x;
    v[d] = std::rotr(v[d] ^ v[a], 16);
    v[c] = v[c] + v[d];
    v[b] = std::rotr(v[b] ^ v[c], 12);
    v[a] = v[a] + v[b] + y;
    v[d] = std::rotr(v[d] ^ v[a], 8);
    v[c] = v[c] + v[d];
    v[b] = std::rotr(v[b] ^ v[c], 7);
}

Value compress(const Value& value, Words message, std::uint64_t counter, std::uint32_t length,
               std::uint32_t flags) {
    Words v = {value[0],
               value[1],
               value[2],
               value[3],
               value[4],
               value[5],
               value[6],
               value[7],
               kInitial[0],
               kInitial[1],
               kInitial[2],
               kInitial[3],
               static_cast<std::uint32_t>(counter),
               static_cast<std::uint32_t>(counter >> 32),
               length,
               flags};
    for (int round = 0; round < 7; ++round) {
        const Words& m = message;
        quarter(v, 0, 4, 8, 12, m[0], m[1]);
        quarter(v, 1, 5, 9, 13, m[2], m[3]);
        quarter(v, 2, 6, 10, 14, m[4], m[5]);
        quarter(v, 3, 7, 11, 15, m[6], m[7]);
        quarter(v, 0, 5, 10, 15, m[8], m[9]);
        quarter(v, 1, 6, 11, 12, m[10], m[11]);
        quarter(v, 2, 7, 8, 13, m[12], m[13]);
        quarter(v, 3, 4, 9, 14, m[14], m[15]);
        message = {m[2], m[6],  m[3],  m[10], m[7], m[0],  m[4],  m[13],
                   m[1], m[11], m[12], m[5],  m[9], m[14], m[15], m[8]};
    }
    Value out;
    for (int i = 0; i < 8; ++i) out[i] = v[i] ^ v[i + 8];
    return out;
}

Words words_of(ByteView block) {
    Words words{};
    for (std::size_t i = 0; i < block.size(); ++i) {
        words[i / 4] |= static_cast<std::uint32_t>(block[i]) << (8 * (i % 4));
    }
    return words;
}

Value hash_chunk(ByteView chunk, std::uint64_t index, std::uint32_t root) {
    Value value = kInitial;
    std::uint32_t flags = kChunkStart;
    while (chunk.size() > 64) {
        value = compress(value, words_of(chunk.first(64)), index, 64, flags);
        chunk = chunk.subspan(64);
        flags = 0;
    }
    return compress(value, words_of(chunk), index, static_cast<std::uint32_t>(chunk.size()),
                    flags | kChunkEnd | root);
}

// The left subtree is the largest whole number of chunks, a power of two, that leaves at least a
// byte for the right one.
Value hash_tree(ByteView input, std::uint64_t first_chunk, std::uint32_t root) {
    if (input.size() <= 1024) return hash_chunk(input, first_chunk, root);
    const std::size_t left_chunks = std::bit_floor((input.size() - 1) / 1024);
    const Value left = hash_tree(input.first(left_chunks * 1024), first_chunk, 0);
    const Value right = hash_tree(input.subspan(left_chunks * 1024), first_chunk + left_chunks, 0);
    Words message;
    for (int i = 0; i < 8; ++i) {
        message[i] = left[i];
        message[i + 8] = right[i];
    }
    return compress(kInitial, message, 0, 64, kParent | root);
}

}  // namespace

Digest hash(ByteView input) {
    const Value value = hash_tree(input, 0, kRoot);
    Digest digest;
    for (std::size_t i = 0; i < 32; ++i) {
        digest.bytes[i] = static_cast<std::uint8_t>(value[i / 4] >> (8 * (i % 4)));
    }
    return digest;
}

}  // namespace holt::blake3::reference
