// Constants and code tables of the Zstandard format that encoder and decoder share (RFC 8878).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace holt::zstd {

inline constexpr std::uint32_t kFrameMagic = 0xFD2FB528;      // 3.1.1
inline constexpr std::uint32_t kSkippableMagic = 0x184D2A50;  // 3.1.2: low 4 bits are free
inline constexpr std::uint32_t kSkippableMagicMask = 0xFFFFFFF0;
inline constexpr std::uint32_t kDictionaryMagic = 0xEC30A437;  // section 5

inline constexpr std::size_t kMaxBlockSize = 128u << 10;  // 3.1.1.2.3
inline constexpr std::size_t kBlockHeaderSize = 3;

enum class BlockType : std::uint8_t {
    raw = 0,
    rle = 1,
    compressed = 2,
    reserved = 3
};  // 3.1.1.2.2
enum class LiteralsType : std::uint8_t {
    raw = 0,
    rle = 1,
    compressed = 2,
    treeless = 3
};  // 3.1.1.3.1.1
enum class SequenceMode : std::uint8_t {
    predefined = 0,
    rle = 1,
    compressed = 2,
    repeat = 3
};  // 3.1.1.3.2.1

inline constexpr unsigned kMaxHuffmanBits = 11;     // 4.2.1
inline constexpr unsigned kMaxWeightsAccuracy = 6;  // 4.2.1.2
inline constexpr unsigned kMinAccuracy = 5;         // 4.1.1

inline constexpr unsigned kLiteralLengthCodes = 36;  // 3.1.1.3.2.1.1
inline constexpr unsigned kMatchLengthCodes = 53;
inline constexpr unsigned kMaxOffsetCode = 31;
inline constexpr unsigned kMaxLiteralLengthAccuracy = 9;
inline constexpr unsigned kMaxMatchLengthAccuracy = 9;
inline constexpr unsigned kMaxOffsetAccuracy = 8;

inline constexpr std::array<std::uint32_t, 3> kInitialRepeatOffsets = {1, 4, 8};  // 3.1.1.5

/// A length code's value range: baseline to baseline + 2^extra_bits - 1.
struct LengthCode {
    std::uint32_t baseline;
    std::uint8_t extra_bits;
};

// Table 16: literal length codes.
inline constexpr std::array<LengthCode, kLiteralLengthCodes> kLiteralLengthTable = {{
    {0, 0},     {1, 0},      {2, 0},      {3, 0},      {4, 0},   {5, 0},     {6, 0},     {7, 0},
    {8, 0},     {9, 0},      {10, 0},     {11, 0},     {12, 0},  {13, 0},    {14, 0},    {15, 0},
    {16, 1},    {18, 1},     {20, 1},     {22, 1},     {24, 2},  {28, 2},    {32, 3},    {40, 3},
    {48, 4},    {64, 6},     {128, 7},    {256, 8},    {512, 9}, {1024, 10}, {2048, 11}, {4096, 12},
    {8192, 13}, {16384, 14}, {32768, 15}, {65536, 16},
}};

// Table 17: match length codes.
inline constexpr std::array<LengthCode, kMatchLengthCodes> kMatchLengthTable = {{
    {3, 0},     {4, 0},     {5, 0},      {6, 0},      {7, 0},      {8, 0},   {9, 0},     {10, 0},
    {11, 0},    {12, 0},    {13, 0},     {14, 0},     {15, 0},     {16, 0},  {17, 0},    {18, 0},
    {19, 0},    {20, 0},    {21, 0},     {22, 0},     {23, 0},     {24, 0},  {25, 0},    {26, 0},
    {27, 0},    {28, 0},    {29, 0},     {30, 0},     {31, 0},     {32, 0},  {33, 0},    {34, 0},
    {35, 1},    {37, 1},    {39, 1},     {41, 1},     {43, 2},     {47, 2},  {51, 3},    {59, 3},
    {67, 4},    {83, 4},    {99, 5},     {131, 7},    {259, 8},    {515, 9}, {1027, 10}, {2051, 11},
    {4099, 12}, {8195, 13}, {16387, 14}, {32771, 15}, {65539, 16},
}};

// 3.1.1.3.2.2: predefined distributions; -1 stands for "less than one".
inline constexpr unsigned kPredefinedLiteralLengthAccuracy = 6;
inline constexpr std::array<std::int16_t, kLiteralLengthCodes> kPredefinedLiteralLengths = {
    4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1,  1,  2,  2,
    2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1};
inline constexpr unsigned kPredefinedMatchLengthAccuracy = 6;
inline constexpr std::array<std::int16_t, kMatchLengthCodes> kPredefinedMatchLengths = {
    1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,  1,  1,  1,  1,  1,  1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1};
inline constexpr unsigned kPredefinedOffsetAccuracy = 5;
inline constexpr std::array<std::int16_t, 29> kPredefinedOffsets = {
    1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1};

}  // namespace holt::zstd
