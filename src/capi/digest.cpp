#include <holt/digest.h>
#include <holt/digest.hpp>

#include <algorithm>
#include <cstring>

extern "C" {

void holt_digest_hex(const holt_digest* digest, char hex[HOLT_DIGEST_HEX_SIZE]) {
    static constexpr char kDigits[] = "0123456789abcdef";
    char* at = hex;
    if (holt_digest_is_none(digest) == 0)
        for (const std::uint8_t byte : digest->bytes) {
            *at++ = kDigits[byte >> 4];
            *at++ = kDigits[byte & 15];
        }
    *at = '\0';
}

int holt_digest_from_hex(const char* hex, holt_digest* digest) {
    if (hex == nullptr) return 0;
    const auto read = holt::Digest::from_hex(hex);
    if (read) std::ranges::copy(read->bytes, digest->bytes);
    return read ? 1 : 0;
}

int holt_digest_compare(const holt_digest* a, const holt_digest* b) {
    return std::memcmp(a->bytes, b->bytes, HOLT_DIGEST_SIZE);
}

int holt_digest_is_none(const holt_digest* digest) {
    return std::ranges::all_of(digest->bytes, [](std::uint8_t byte) { return byte == 0; }) ? 1 : 0;
}

}  // extern "C"
