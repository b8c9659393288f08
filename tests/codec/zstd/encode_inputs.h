// Inputs of many kinds for the encoder's tests, made from a seed, the same on every machine.
// Thread rule: pure.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace holt::zstd::test {

/// A small generator (xorshift64*), because the standard distributions differ between libraries.
class Random {
  public:
    explicit Random(std::uint64_t seed) : state_(seed * 0x2545F4914F6CDD1DULL + 1) {}
    std::uint64_t next() {
        state_ ^= state_ >> 12;
        state_ ^= state_ << 25;
        state_ ^= state_ >> 27;
        return state_ * 0x2545F4914F6CDD1DULL;
    }
    std::size_t below(std::size_t bound) { return static_cast<std::size_t>(next() >> 11) % bound; }

  private:
    std::uint64_t state_;
};

enum class Kind : std::uint8_t {
    zeros,        // one byte only
    random,       // incompressible
    text,         // words of a small vocabulary
    source,       // indented lines with identifiers that recur nearby
    binary,       // records of fixed size with slowly changing fields
    skewed,       // no repeats, but few byte values: Huffman only
    long_repeat,  // a random piece that recurs far away
    periods,      // many short periods, offsets 1 to 64
    sparse,       // zeros with islands
    weights,      // bf16 floats around zero
    mixed,        // pieces of all the others
};
inline constexpr int kKinds = 11;

inline std::string_view name(Kind kind) {
    constexpr std::string_view names[kKinds] = {"zeros",  "random",  "text", "source",
                                                "binary", "skewed",  "long", "periods",
                                                "sparse", "weights", "mixed"};
    return names[static_cast<std::size_t>(kind)];
}

inline void append_words(Bytes& out, std::size_t size, Random& random, bool source) {
    std::vector<std::string> words;
    for (int i = 0; i < 400; ++i) {
        std::string word;
        const std::size_t length = 2 + random.below(9);
        for (std::size_t j = 0; j < length; ++j) {
            word += "etaoinshrdlucmfwypvbgkjqxz_"[std::min(random.below(27), random.below(27))];
        }
        words.push_back(word);
    }
    std::vector<std::string> recent{"self", "value"};
    while (out.size() < size) {
        std::string line;
        if (source) line.append(4 * random.below(4), ' ');
        const std::size_t count = 3 + random.below(8);
        for (std::size_t i = 0; i < count; ++i) {
            std::string word = random.below(3) == 0 && source
                                   ? recent[random.below(recent.size())]
                                   : words[std::min(random.below(400), random.below(400))];
            if (source && random.below(8) == 0) recent.push_back(word);
            if (recent.size() > 12) recent.erase(recent.begin());
            line += word;
            line += source ? "  .(),=:"[random.below(8)] : ' ';
        }
        line += '\n';
        out.insert(out.end(), line.begin(), line.end());
    }
    out.resize(size);
}

inline Bytes make_input(Kind kind, std::size_t size, std::uint64_t seed) {
    Random random(seed + 977 * static_cast<std::uint64_t>(kind));
    Bytes out;
    out.reserve(size + 256);
    switch (kind) {
        case Kind::zeros:
            out.assign(size, static_cast<std::uint8_t>(seed));
            break;
        case Kind::random:
            while (out.size() < size) out.push_back(static_cast<std::uint8_t>(random.next() >> 56));
            break;
        case Kind::text:
        case Kind::source:
            append_words(out, size, random, kind == Kind::source);
            break;
        case Kind::binary:
            for (std::size_t id = 1000; out.size() < size; id += 1 + random.below(3)) {
                const std::uint64_t fields[3] = {id | std::uint64_t{7} << 32, random.below(50) * 8,
                                                 0x00007F0000401000 + 16 * random.below(1000)};
                for (const std::uint64_t field : fields) {
                    for (int b = 0; b < 8; ++b)
                        out.push_back(static_cast<std::uint8_t>(field >> 8 * b));
                }
            }
            break;
        case Kind::skewed:
            while (out.size() < size) {
                const int bit = __builtin_ctzll(random.next() | 1ull << 40);
                out.push_back(static_cast<std::uint8_t>(bit * 3 + (random.next() >> 62)));
            }
            break;
        case Kind::long_repeat: {
            const Bytes piece = make_input(Kind::random, size / 3 + 1, seed + 1);
            while (out.size() < size) {
                out.insert(out.end(), piece.begin(), piece.end());
                out.push_back(static_cast<std::uint8_t>(random.next()));
            }
            break;
        }
        case Kind::periods:
            while (out.size() < size) {
                const std::size_t period = 1 + random.below(64);
                const std::size_t length = random.below(400);
                for (std::size_t i = 0; i < period; ++i) {
                    out.push_back(static_cast<std::uint8_t>(random.next() >> 56));
                }
                for (std::size_t i = 0; i < length; ++i) out.push_back(out[out.size() - period]);
            }
            break;
        case Kind::sparse:
            while (out.size() < size) {
                out.insert(out.end(), random.below(3000), 0);
                for (std::size_t i = random.below(40); i > 0; --i) {
                    out.push_back(static_cast<std::uint8_t>(random.next() >> 56));
                }
            }
            break;
        case Kind::weights:
            while (out.size() < size) {
                out.push_back(static_cast<std::uint8_t>(random.next() >> 56));
                const int exponent = __builtin_ctzll(random.next() | 1ull << 30);
                out.push_back(
                    static_cast<std::uint8_t>((random.next() >> 63) << 7 | (60 - exponent)));
            }
            break;
        case Kind::mixed:
            while (out.size() < size) {
                const Bytes piece = make_input(static_cast<Kind>(random.below(kKinds - 1)),
                                               1 + random.below(20000), random.next());
                out.insert(out.end(), piece.begin(), piece.end());
            }
            break;
    }
    out.resize(size);
    return out;
}

inline Bytes read_file(const std::filesystem::path& path, std::size_t most = ~std::size_t{0}) {
    std::ifstream file(path, std::ios::binary);
    Bytes bytes;
    if (!file) return bytes;
    std::error_code ignored;
    const auto size = std::filesystem::file_size(path, ignored);
    bytes.resize(ignored ? 0 : std::min<std::size_t>(size, most));
    file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(file.gcount()));
    return bytes;
}

}  // namespace holt::zstd::test
