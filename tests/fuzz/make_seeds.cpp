// Writes small zstd frames into the folder named by its argument: where the fuzzers begin.
#include <zstd.h>

#include <cstdint>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes content(int kind, std::size_t size) {
    std::mt19937 random(static_cast<unsigned>(kind));
    Bytes bytes;
    const std::string words[] = {"snapshot ", "restore ", "pack ", "tree ", "the ", "of ", "\n"};
    while (bytes.size() < size) {
        if (kind == 0) {
            for (const char c : words[random() % 7]) bytes.push_back(static_cast<std::uint8_t>(c));
        } else if (kind == 1) {
            bytes.push_back(static_cast<std::uint8_t>(__builtin_ctzll(random() | 256) * 9));
        } else if (kind == 2) {
            bytes.push_back(
                static_cast<std::uint8_t>(bytes.size() % 16 < 12 ? bytes.size() % 16 : random()));
        } else {
            bytes.push_back(0);
        }
    }
    bytes.resize(size);
    return bytes;
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 2) {
        std::fputs("usage: make_seeds FOLDER\n", stderr);
        return 2;
    }
    int made = 0;
    for (const std::size_t size : {0, 20, 200, 1200, 5000}) {
        for (int kind = 0; kind < 4; ++kind) {
            for (const int level : {-3, 1, 3, 7, 19}) {
                const Bytes bytes = content(kind, size);
                Bytes frame(ZSTD_compressBound(size) + 2000);
                ZSTD_CCtx* context = ZSTD_createCCtx();
                ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level);
                ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, made % 3 == 0);
                ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, made % 2);
                // Two blocks at least, so that tables are repeated.
                ZSTD_outBuffer out = {frame.data(), frame.size(), 0};
                ZSTD_inBuffer in = {bytes.data(), bytes.size() / 2, 0};
                if (made % 2 == 0) ZSTD_compressStream2(context, &out, &in, ZSTD_e_flush);
                in.size = bytes.size();
                const std::size_t rest = ZSTD_compressStream2(context, &out, &in, ZSTD_e_end);
                ZSTD_freeCCtx(context);
                if (rest != 0) return 1;
                const std::string path =
                    std::string(arguments[1]) + "/frame_" + std::to_string(made++);
                std::FILE* file = std::fopen(path.c_str(), "wb");
                if (file == nullptr || std::fwrite(frame.data(), 1, out.pos, file) != out.pos)
                    return 1;
                std::fclose(file);
            }
        }
    }
    return 0;
}
