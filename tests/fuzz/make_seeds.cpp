// Writes small zstd frames, gzip members, tars and zips into the folder named by its argument:
// where the fuzzers begin.
#include <zlib.h>
#include <zstd.h>

#include <cstdint>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "fuzz/flushed_deflate.h"
#include "support/tar_maker.h"
#include "support/zip_maker.h"

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

bool write_file(const std::string& path, const Bytes& bytes, std::size_t size) {
    std::FILE* file = std::fopen(path.c_str(), "wb");
    const bool good = file != nullptr && std::fwrite(bytes.data(), 1, size, file) == size;
    return file != nullptr && std::fclose(file) == 0 && good;
}

/// A gzip member (with a name, when there is one) or a raw deflate stream.
bool write_deflate(const std::string& path, const Bytes& bytes, int level, int window_bits) {
    z_stream stream{};
    if (deflateInit2(&stream, level, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    Bytef name[] = "name";
    gz_header header{};
    header.name = name;
    header.time = 1;
    header.hcrc = level % 2;
    if (window_bits > MAX_WBITS) deflateSetHeader(&stream, &header);
    Bytes out(deflateBound(&stream, bytes.size()) + 64);
    stream.next_in = const_cast<Bytef*>(bytes.data());
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(out.size());
    const bool done = deflate(&stream, Z_FINISH) == Z_STREAM_END;
    deflateEnd(&stream);
    return done && write_file(path, out, stream.total_out);
}

// Streams with places to begin at; what looks like one inside of stored content; and content, for
// which the first two bytes choose how it is cut.
bool write_joints(const std::string& prefix, int& made) {
    for (int kind = 0; kind < 4; ++kind) {
        Bytes bytes = content(kind, 3000);
        for (std::size_t at = 100; at < bytes.size(); at += 700)
            for (const std::uint8_t byte : {0, 0, 0xff, 0xff}) bytes[at++] = byte;
        for (const int level : {0, 1, 9})
            for (const int flush : {Z_FULL_FLUSH, Z_SYNC_FLUSH}) {
                const Bytes stream = holt::test::flushed_deflate(bytes, level, 400, flush);
                if (!write_file(prefix + std::to_string(made++), stream, stream.size()))
                    return false;
            }
        bytes[0] = 50;
        bytes[1] = static_cast<std::uint8_t>(kind * 33);
        if (!write_file(prefix + std::to_string(made++), bytes, bytes.size())) return false;
    }
    return true;
}

// Each kind of entry and header; the first byte is the fuzzer's own.
std::vector<std::string> tars() {
    using namespace holt::test;
    const std::string sparse =
        pax_record("GNU.sparse.major", "1") + pax_record("GNU.sparse.minor", "0") +
        pax_record("GNU.sparse.name", "s") + pax_record("GNU.sparse.realsize", "9000");
    return {
        "\x01" + folder("a") + tar_entry({.name = "a/f"}, "content") +
            holt::test::symlink("l", "a") + hard_link("h", "a/f"),
        "\x11" +
            pax(pax_record("path", "p/q") + pax_record("mtime", "1.5") +
                pax_record("SCHILY.xattr.user.a", "v")) +
            tar_entry({}, "x"),
        "\x21" + pax(sparse) + tar_entry({}, padded("1\n4096\n512\n") + padded("data")),
        "\x31" +
            pax(pax_record("GNU.sparse.size", "900") + pax_record("GNU.sparse.map", "0,5,500,2")) +
            tar_entry({}, "1234567"),
        "\x41" + gnu_long("long/name") + gnu_long("a", 'K') + tar_entry({.type = '2'}) +
            pax(pax_record("uid", "7"), 'g') + tar_entry({.name = "z"}, "y") + tar_end()};
}

// Each kind of entry, header and end; the first byte is the fuzzer's own.
std::vector<std::string> zips() {
    using namespace holt::test;
    const std::string crc = little(zip_crc("content"), 4);
    ZipMember streamed{.name = "s", .content = "content", .flags = 8};
    streamed.local = {.crc = 0, .compressed = 0, .size = 0};
    streamed.descriptor = "PK\x07\x08" + crc + little(7, 4) + little(7, 4);
    ZipMember large{.name = "l", .content = "content"};
    large.local = large.central = {
        .extra = zip_extra(1, little(7, 8) + little(7, 8)), .compressed = ~0u, .size = ~0u};
    const std::string extras =
        zip_extra(0x5455, "\x01" + little(5, 4)) +
        zip_extra(0x7875, "\x01\x04" + little(1, 4) + "\x04" + little(2, 4)) +
        zip_extra(0x7075, "\x01" + little(zip_crc("e"), 4) + "\xc3\xa9") +
        zip_extra(0x4c48, "\x01" + little(5, 8) + little(1, 4)) +
        zip_extra(10, little(0, 4) + little(1, 2) + little(24, 2) + std::string(24, '\1'));
    const ZipMember folder{.name = "d/", .mode = 040755};
    const ZipMember link{.name = "d/l", .content = "target", .mode = 0120777};
    const ZipMember packed{
        .name = "p", .content = "", .method = 8, .packed = std::string("\x03\0", 2)};
    return {"\x01" + make_zip({folder, link, {.name = "d/f", .content = "content"}}),
            "\x02" + make_zip({streamed, packed}, {.comment = "comment"}),
            "\x03" + make_zip({large, {.name = "e", .extra = extras}}),
            "\x04" + make_zip({folder}, {.front = "#!stub\n", .zip64 = true})};
}

bool write_texts(const std::string& prefix, const std::vector<std::string>& texts, int& made) {
    for (const std::string& text : texts) {
        const Bytes bytes(text.begin(), text.end());
        if (!write_file(prefix + std::to_string(made++), bytes, bytes.size())) return false;
    }
    return true;
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
                if (!write_file(path, frame, out.pos)) return 1;
            }
            for (const int level : {0, 1, 6, 9}) {
                const std::string path =
                    std::string(arguments[1]) + "/deflate_" + std::to_string(made++);
                if (!write_deflate(path, content(kind, size), level, 16 + MAX_WBITS) ||
                    !write_deflate(path + "_raw", content(kind, size), level, -MAX_WBITS))
                    return 1;
            }
        }
    }
    const std::string folder = arguments[1];
    return write_texts(folder + "/tar_", tars(), made) &&
                   write_texts(folder + "/zip_", zips(), made) &&
                   write_joints(folder + "/joints_", made)
               ? 0
               : 1;
}
