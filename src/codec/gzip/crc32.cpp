#include "codec/gzip/crc32.h"

#include <libdeflate.h>

namespace holt::gzip {
namespace {

// Polynomials over GF(2) modulo the CRC's, with the bit of x^0 highest.
constexpr std::uint32_t kModulus = 0xEDB88320, kOne = 0x80000000, kX8 = kOne >> 8;

constexpr std::uint32_t multiply(std::uint32_t a, std::uint32_t b) noexcept {
    std::uint32_t product = 0;
    for (std::uint32_t bit = kOne; bit != 0; bit >>= 1) {
        if ((a & bit) != 0) product ^= b;
        b = (b >> 1) ^ ((b & 1) != 0 ? kModulus : 0);  // times x
    }
    return product;
}

}  // namespace

std::uint32_t crc32(std::uint32_t before, ByteView bytes) noexcept {
    // For a null pointer the library begins anew, and an empty view may have one.
    if (bytes.empty()) return before;
    return libdeflate_crc32(before, bytes.data(), bytes.size());
}

// A byte more behind the first stretch multiplies its CRC by x^8.
std::uint32_t crc32_combine(std::uint32_t first, std::uint32_t second,
                            std::uint64_t size) noexcept {
    std::uint32_t shift = kOne;
    for (std::uint32_t power = kX8; size != 0; size >>= 1, power = multiply(power, power))
        if ((size & 1) != 0) shift = multiply(shift, power);
    return multiply(first, shift) ^ second;
}

}  // namespace holt::gzip
