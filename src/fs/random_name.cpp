#include "fs/random_name.h"

#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace holt::fs {

std::string random_hex(std::size_t digits) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::uint8_t bytes[64];
    digits = std::min(digits, sizeof bytes);
    if (::getrandom(bytes, digits, 0) != static_cast<ssize_t>(digits)) {
        // No entropy source (a seccomp jail): distinct is enough, since clashes are retried.
        static std::atomic<std::uint64_t> counter{0};
        std::uint64_t state = counter.fetch_add(1) ^ static_cast<std::uint64_t>(::getpid()) << 32;
        for (std::uint8_t& byte : bytes) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            byte = static_cast<std::uint8_t>(state >> 56);
        }
    }
    std::string text;
    for (std::size_t i = 0; i < digits; ++i) text += kDigits[bytes[i] & 15];
    return text;
}

}  // namespace holt::fs
