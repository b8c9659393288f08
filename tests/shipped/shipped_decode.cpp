// shipped_decode [--random N] [FILE|FOLDER]...: the decoder as it is shipped beside libzstd, on the
// named files (what the fuzzers collected) and on N frames that are made from good ones by damage.
// The same N are the same frames. Exit 1 at the first disagreement, whose bytes stand in the file
// that the message names.
#include <zstd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "support/zstd_peer.h"

namespace {

using holt::Bytes;
using Random = std::mt19937_64;

std::size_t below(Random& random, std::size_t bound) {
    return static_cast<std::size_t>(random() % bound);
}

/// Text of a few words, repeats at all distances, or noise over few letters.
Bytes content(Random& random) {
    static constexpr std::string_view kWords[] = {"snapshot ", "restore ", "pack ", "tree ",
                                                  "the ",      "of ",      "a",     "\n"};
    const std::size_t size = below(random, 3) == 0 ? below(random, 200'000) : below(random, 5'000);
    const std::size_t kind = below(random, 4);
    const std::size_t letters = 1 + below(random, 255);
    Bytes bytes;
    while (bytes.size() < size) {
        if (kind == 0 || bytes.empty()) {
            const std::string_view word = kWords[below(random, std::size(kWords))];
            bytes.insert(bytes.end(), word.begin(), word.end());
        } else if (kind == 1) {
            bytes.push_back(static_cast<std::uint8_t>(below(random, letters)));
        } else {
            // A piece again, which may reach over what it makes.
            std::size_t from = below(random, bytes.size());
            const std::size_t length = 1 + below(random, kind == 2 ? 20 : 2'000);
            for (std::size_t i = 0; i < length; ++i) bytes.push_back(bytes[from++]);
            bytes.push_back(static_cast<std::uint8_t>(random()));
        }
    }
    bytes.resize(size);
    return bytes;
}

Bytes frame(Random& random) {
    const Bytes bytes = content(random);
    ZSTD_CCtx* const context = ZSTD_createCCtx();
    const auto set = [&](ZSTD_cParameter name, std::size_t value) {
        ZSTD_CCtx_setParameter(context, name, static_cast<int>(value));
    };
    set(ZSTD_c_compressionLevel, 1 + below(random, 19));
    // Without a checksum, so that damage is decoded to the end.
    set(ZSTD_c_checksumFlag, below(random, 8) == 0 ? 1 : 0);
    set(ZSTD_c_contentSizeFlag, below(random, 2));
    set(ZSTD_c_windowLog, 10 + below(random, 10));
    Bytes out(ZSTD_compressBound(bytes.size()));
    out.resize(ZSTD_compress2(context, out.data(), out.size(), bytes.data(), bytes.size()));
    ZSTD_freeCCtx(context);
    return out;
}

/// One to four changes; none of them in one of eight.
void damage(Random& random, Bytes& bytes, const Bytes& other) {
    if (below(random, 8) == 0) return;
    for (std::size_t left = 1 + below(random, 4); left > 0 && !bytes.empty(); --left) {
        // Headers and tables stand first, and decide most.
        const std::size_t reach =
            below(random, 2) == 0 ? std::min<std::size_t>(bytes.size(), 64) : bytes.size();
        const std::size_t at = below(random, reach);
        const auto place = bytes.begin() + static_cast<std::ptrdiff_t>(at);
        switch (below(random, 5)) {
            case 0:
                *place = static_cast<std::uint8_t>(*place ^ (1u << below(random, 8)));
                break;
            case 1:
                *place = static_cast<std::uint8_t>(random());
                break;
            case 2:
                bytes.erase(place);
                break;
            case 3:
                bytes.insert(place, static_cast<std::uint8_t>(random()));
                break;
            default:
                for (std::size_t i = at; i < std::min({bytes.size(), other.size(), at + 40}); ++i)
                    bytes[i] = other[i];
        }
    }
}

class Comparison {
  public:
    bool holds(const Bytes& data, const std::string& name) {
        ++count_;
        const char* const wrong = peer_.disagreement(data);
        if (wrong == nullptr) return true;
        std::ofstream("shipped_decode.bad", std::ios::binary)
            .write(reinterpret_cast<const char*>(data.data()),
                   static_cast<std::streamsize>(data.size()));
        std::fprintf(stderr, "%s: %s; its bytes are in shipped_decode.bad\n", name.c_str(), wrong);
        return false;
    }
    std::size_t count() const noexcept { return count_; }

  private:
    holt::test::ZstdPeer peer_;
    std::size_t count_ = 0;
};

bool compare_random(Comparison& comparison, std::size_t count) {
    constexpr std::size_t kDamagedOfEach = 50;
    Random random(1);
    Bytes good = frame(random), other = good;
    for (std::size_t i = 0; i < count; ++i) {
        if (i % kDamagedOfEach == 0) {
            other = std::move(good);
            good = frame(random);
        }
        Bytes bytes = good;
        damage(random, bytes, other);
        if (!comparison.holds(bytes, "random frame " + std::to_string(i))) return false;
    }
    return true;
}

bool compare_file(Comparison& comparison, const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    const Bytes bytes{std::istreambuf_iterator<char>(in), {}};
    return comparison.holds(bytes, path.string());
}

bool compare_path(Comparison& comparison, const std::filesystem::path& path) {
    if (!std::filesystem::is_directory(path)) return compare_file(comparison, path);
    for (const auto& entry : std::filesystem::directory_iterator(path))
        if (entry.is_regular_file() && !compare_file(comparison, entry.path())) return false;
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    Comparison comparison;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        bool good = false;
        if (word == "--random" && i + 1 < argc) {
            std::size_t count = 0;
            const std::string_view text = argv[++i];
            std::from_chars(text.data(), text.data() + text.size(), count);
            good = compare_random(comparison, count);
        } else {
            good = compare_path(comparison, word);
        }
        if (!good) return 1;
    }
    std::printf("%zu inputs, as libzstd reads them\n", comparison.count());
    return comparison.count() > 0 ? 0 : 2;
}
