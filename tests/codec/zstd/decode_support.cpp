#include "codec/zstd/decode_support.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

namespace holt::zstd::test {
namespace {

namespace fs = std::filesystem;

Bytes read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return Bytes(std::istreambuf_iterator<char>(in), {});
}

Bytes output_of(const std::string& command) {
    Bytes bytes;
    FILE* pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) return bytes;
    std::uint8_t buffer[65536];
    while (const std::size_t got = fread(buffer, 1, sizeof buffer, pipe))
        bytes.insert(bytes.end(), buffer, buffer + got);
    pclose(pipe);
    return bytes;
}

void check(std::size_t code) {
    ASSERT_FALSE(ZSTD_isError(code)) << ZSTD_getErrorName(code);
}

}  // namespace

Bytes text_like(std::size_t size, unsigned seed) {
    std::mt19937 random(seed);
    std::vector<std::string> words;
    for (int i = 0; i < 400; ++i) {
        std::string word;
        for (auto n = 2 + random() % 9; n > 0; --n)
            word += "eeettaoinshrdlucmfwypvbgkqjxz"[random() % 29];
        words.push_back(word);
    }
    Bytes text;
    while (text.size() < size) {
        const std::size_t pick = std::min(random() % words.size(), random() % words.size());
        for (const char c : words[pick]) text.push_back(static_cast<std::uint8_t>(c));
        if (random() % 40 == 0) text.back() = static_cast<std::uint8_t>(random());
        text.push_back(random() % 12 == 0 ? '\n' : ' ');
    }
    text.resize(size);
    return text;
}

Bytes binary_like(std::size_t size, unsigned seed) {
    std::mt19937 random(seed);
    Bytes bytes;
    std::uint32_t counter = 0;
    while (bytes.size() < size) {
        counter += static_cast<std::uint32_t>(random() % 5);
        const std::uint32_t fields[] = {counter, static_cast<std::uint32_t>(random() & 0xFF),
                                        0xFFFF0000u + (counter & 63)};
        for (const std::uint32_t field : fields)
            for (int i = 0; i < 4; ++i) bytes.push_back(static_cast<std::uint8_t>(field >> 8 * i));
    }
    bytes.resize(size);
    return bytes;
}

Bytes random_bytes(std::size_t size, unsigned seed) {
    std::mt19937 random(seed);
    Bytes bytes(size);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    return bytes;
}

std::vector<Content> contents(std::size_t size) {
    Bytes mixed = text_like(size / 2, 5);
    const Bytes noise = random_bytes(size / 4, 6);
    mixed.insert(mixed.end(), noise.begin(), noise.end());
    mixed.resize(size);
    Bytes skewed = random_bytes(size, 7);
    for (auto& byte : skewed) byte = static_cast<std::uint8_t>(__builtin_ctz(byte | 256) * 7);
    return {{"text", text_like(size, 1)},
            {"binary", binary_like(size, 2)},
            {"zeros", Bytes(size, 0)},
            {"random", random_bytes(size, 3)},
            {"mixed", mixed},
            {"skewed", skewed}};
}

std::size_t for_real_files(std::size_t count, const std::function<void(const Content&)>& use) {
    std::size_t used = 0;
    std::string up = "../shared/data/silesia";
    for (int i = 0; i < 6 && used == 0; ++i, up = "../" + up) {
        std::error_code none;
        for (const auto& entry : fs::directory_iterator(up, none)) {
            if (entry.path().extension() != ".zip") continue;
            use({entry.path().stem(), output_of("unzip -p '" + entry.path().string() + "'")});
            ++used;
        }
    }
    std::vector<std::string> paths;
    const char* home = std::getenv("HOME");
    const char* chosen = std::getenv("HOLT_TEST_FILES");
    for (const std::string& folder :
         {std::string(chosen ? chosen : ""), std::string(home ? home : "") + "/.pyenv/versions",
          std::string("/usr/lib/python3"), std::string("/usr/lib/python3.11")}) {
        std::error_code ignored;
        for (fs::recursive_directory_iterator it(folder, ignored), end; it != end;
             it.increment(ignored))
            if (it->is_regular_file(ignored) && !it->is_symlink(ignored) &&
                it->file_size(ignored) < (64u << 20))
                paths.push_back(it->path());
        if (!paths.empty()) break;
    }
    std::sort(paths.begin(), paths.end());
    const std::size_t step = std::max<std::size_t>(1, paths.size() / count);
    for (std::size_t i = 0; i < paths.size(); i += step, ++used)
        use({paths[i], read_file(paths[i])});
    return used;
}

Bytes reference_frame(ByteView content, const FrameOptions& options) {
    const std::unique_ptr<ZSTD_CCtx, FreeContexts> context(ZSTD_createCCtx());
    const auto set = [&](ZSTD_cParameter parameter, int value) {
        check(ZSTD_CCtx_setParameter(context.get(), parameter, value));
    };
    set(ZSTD_c_compressionLevel, options.level);
    set(ZSTD_c_checksumFlag, options.checksum);
    set(ZSTD_c_contentSizeFlag, options.content_size);
    if (options.window_log) set(ZSTD_c_windowLog, options.window_log);
    if (options.long_distance) set(ZSTD_c_enableLongDistanceMatching, 1);
    if (options.target_block) set(static_cast<ZSTD_cParameter>(1003), options.target_block);
    check(ZSTD_CCtx_loadDictionary(context.get(), options.dictionary.data(),
                                   options.dictionary.size()));
    Bytes frame(ZSTD_compressBound(content.size()) + content.size() / 16 + 4096);
    if (options.flush_every == 0) {
        const std::size_t size = ZSTD_compress2(context.get(), frame.data(), frame.size(),
                                                content.data(), content.size());
        check(size);
        frame.resize(size);
        return frame;
    }
    ZSTD_outBuffer out = {frame.data(), frame.size(), 0};
    for (std::size_t at = 0; at < content.size(); at += options.flush_every) {
        ZSTD_inBuffer in = {content.data() + at, std::min(options.flush_every, content.size() - at),
                            0};
        check(ZSTD_compressStream2(context.get(), &out, &in, ZSTD_e_flush));
        // A flush makes a block, and a block of bytes that do not compress has a header of 3.
        frame.resize(frame.size() + 64);
        out.dst = frame.data();
        out.size = frame.size();
    }
    ZSTD_inBuffer none = {nullptr, 0, 0};
    check(ZSTD_compressStream2(context.get(), &out, &none, ZSTD_e_end));
    frame.resize(out.pos);
    return frame;
}

std::optional<Bytes> reference_decode(ByteView frame, std::size_t capacity, ByteView dictionary) {
    static const std::unique_ptr<ZSTD_DCtx, FreeContexts> context(ZSTD_createDCtx());
    Bytes out(capacity);
    const std::size_t size =
        ZSTD_decompress_usingDict(context.get(), out.data(), out.size(), frame.data(), frame.size(),
                                  dictionary.data(), dictionary.size());
    if (ZSTD_isError(size)) return std::nullopt;
    out.resize(size);
    return out;
}

Expected<Bytes> decode(ByteView frame, std::size_t capacity, const DecodeDictionary* dictionary) {
    // malloc'ed at the exact sizes, so that a sanitizer sees one byte too many.
    static Decompressor decompressor;
    const std::unique_ptr<std::uint8_t, decltype(&std::free)> in(
        static_cast<std::uint8_t*>(std::malloc(std::max<std::size_t>(1, frame.size()))), std::free);
    const std::unique_ptr<std::uint8_t, decltype(&std::free)> out(
        static_cast<std::uint8_t*>(std::malloc(std::max<std::size_t>(1, capacity))), std::free);
    std::copy(frame.begin(), frame.end(), in.get());
    const auto size =
        decompressor.decompress({in.get(), frame.size()}, {out.get(), capacity}, dictionary);
    if (!size) return std::unexpected(size.error());
    return Bytes(out.get(), out.get() + *size);
}

Expected<Bytes> decode_stream(ByteView frame, DecompressStream& stream,
                              const std::function<std::size_t()>& input_piece,
                              const std::function<std::size_t()>& output_piece) {
    Bytes out;
    std::size_t at = 0;
    for (;;) {
        const std::size_t give = std::min(input_piece(), frame.size() - at);
        // Own memory for each piece: reading outside it is seen by a sanitizer.
        const Bytes piece(frame.begin() + static_cast<std::ptrdiff_t>(at),
                          frame.begin() + static_cast<std::ptrdiff_t>(at + give));
        std::size_t used = 0;
        for (;;) {
            Bytes room(output_piece());
            const auto progress = stream.run(ByteView(piece).subspan(used), room);
            if (!progress) return std::unexpected(progress.error());
            used += progress->consumed;
            out.insert(out.end(), room.begin(),
                       room.begin() + static_cast<std::ptrdiff_t>(progress->produced));
            if (used == piece.size() && progress->produced < room.size()) break;
            if (used == piece.size() && room.empty()) break;
        }
        at += give;
        if (at == frame.size()) {
            // What is decoded already comes without more input.
            for (;;) {
                Bytes room(4096);
                const auto progress = stream.run({}, room);
                if (!progress) return std::unexpected(progress.error());
                out.insert(out.end(), room.begin(),
                           room.begin() + static_cast<std::ptrdiff_t>(progress->produced));
                if (progress->produced == 0) break;
            }
            if (!stream.at_frame_boundary())
                return std::unexpected(Error{ErrorCode::truncated, frame.size()});
            return out;
        }
    }
}

Bytes from_hex(std::string_view hex) {
    Bytes bytes;
    std::string digits;
    for (const char c : hex)
        if (c != ' ') digits += c;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
        bytes.push_back(static_cast<std::uint8_t>(std::stoi(digits.substr(i, 2), nullptr, 16)));
    return bytes;
}

}  // namespace holt::zstd::test
