// The gzip codec against zlib in one process, on one core: the same content, runs alternating,
// thread time. For each file and level the median, least and greatest of the ratios zlib / ours of
// paired runs, and both speeds in MB/s of content; sizes as ours / zlib's.
//
//   bench_codec_gzip [--runs N] [--levels 1,6,9] [PATH...]
//
// PATHs are the inputs, a folder stands for the files in it; without one, those of
// support/inputs.h.
#include <zlib.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "codec/gzip/compress.h"
#include "codec/gzip/decompress.h"
#include "support/inputs.h"
#include "support/pairs.h"

namespace {

using holt::Bytes;
using holt::ByteView;
using holt::MutableByteView;
using namespace holt::bench;
namespace gzip = holt::gzip;

constexpr std::size_t kBuffer = 256 * 1024;

[[noreturn]] void give_up(const char* what) {
    std::fprintf(stderr, "bench_codec_gzip: %s\n", what);
    std::exit(1);
}

gzip::Read reading(ByteView bytes) {
    return [bytes, at = std::size_t{0}](MutableByteView into) mutable {
        const std::size_t size = std::min(into.size(), bytes.size() - at);
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), size, into.begin());
        at += size;
        return std::optional(size);
    };
}

gzip::Write appending(Bytes& out) {
    return [&out](ByteView bytes) {
        out.insert(out.end(), bytes.begin(), bytes.end());
        return true;
    };
}

Bytes compress_ours(ByteView content, int level) {
    Bytes out;
    out.reserve(content.size() / 2);
    if (!gzip::compress({.level = level, .threads = 1}, reading(content), appending(out)))
        give_up("our compressor failed");
    return out;
}

Bytes compress_zlib(ByteView content, int level) {
    z_stream stream{};
    deflateInit2(&stream, level, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    Bytes out(deflateBound(&stream, content.size()));
    stream.next_in = const_cast<Bytef*>(content.data());
    stream.avail_in = static_cast<uInt>(content.size());
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(out.size());
    if (deflate(&stream, Z_FINISH) != Z_STREAM_END) give_up("zlib's compressor failed");
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

/// Bytes of content; the content itself passes through a buffer that is reused.
std::uint64_t decompress_ours(ByteView bytes) {
    const auto report =
        gzip::decompress({.threads = 1}, reading(bytes), [](ByteView) { return true; });
    if (!report) give_up("our decompressor failed");
    return report->output_bytes;
}

std::uint64_t decompress_zlib(ByteView bytes) {
    static Bytes room(kBuffer);
    z_stream stream{};
    inflateInit2(&stream, 16 + MAX_WBITS);
    stream.next_in = const_cast<Bytef*>(bytes.data());
    stream.avail_in = static_cast<uInt>(bytes.size());
    std::uint64_t total = 0;
    while (stream.avail_in > 0) {
        stream.next_out = room.data();
        stream.avail_out = static_cast<uInt>(room.size());
        const int code = inflate(&stream, Z_NO_FLUSH);
        total += room.size() - stream.avail_out;
        if (code == Z_STREAM_END && stream.avail_in > 0)
            inflateReset(&stream);
        else if (code != Z_OK && code != Z_STREAM_END)
            give_up("zlib's decompressor failed");
    }
    inflateEnd(&stream);
    return total;
}

/// Alternating runs of ours and zlib's; one line.
template <class Ours, class Theirs>
void row(const std::string& what, std::size_t content, int runs, const Ours& ours,
         const Theirs& theirs, const std::string& note) {
    const Outcome outcome = compare(runs, CLOCK_THREAD_CPUTIME_ID, ours, theirs);
    const double mb = static_cast<double>(content) / 1e6;
    std::printf("  %-28s %6.2f (%.2f to %.2f)  ours %7.1f  zlib %7.1f MB/s  %s\n", what.c_str(),
                outcome.median, outcome.least, outcome.greatest, mb / outcome.ours,
                mb / outcome.theirs, note.c_str());
    std::fflush(stdout);
}

}  // namespace

int main(int count, char** arguments) {
    int runs = 5;
    std::vector<int> levels = {1, 6, 9};
    std::vector<std::string> paths;
    for (int i = 1; i < count; ++i) {
        const std::string argument = arguments[i];
        if (argument == "--runs" && i + 1 < count) {
            runs = std::max(1, std::atoi(arguments[++i]));
        } else if (argument == "--levels" && i + 1 < count) {
            levels = numbers(arguments[++i]);
        } else {
            paths.push_back(argument);
        }
    }
    stay_on_core();
    for (const auto& [file, content] : find_inputs(paths)) {
        if (content.empty()) give_up(("cannot read " + file).c_str());
        std::printf("%s, %zu bytes: zlib / ours, median (least to greatest)\n", file.c_str(),
                    content.size());
        for (const int level : levels) {
            const std::string name = "level " + std::to_string(level);
            const Bytes ours = compress_ours(content, level);
            const Bytes theirs = compress_zlib(content, std::min(level, 9));
            if (decompress_zlib(ours) != content.size()) give_up("zlib reads ours differently");
            char note[64];
            std::snprintf(note, sizeof note, "size %.4f",
                          static_cast<double>(ours.size()) / static_cast<double>(theirs.size()));
            row(
                name + " compress", content.size(), runs, [&] { compress_ours(content, level); },
                [&] { compress_zlib(content, std::min(level, 9)); }, note);
            row(
                name + " decompress zlib's", content.size(), runs, [&] { decompress_ours(theirs); },
                [&] { decompress_zlib(theirs); }, "");
            row(
                name + " decompress ours", content.size(), runs, [&] { decompress_ours(ours); },
                [&] { decompress_zlib(ours); }, "");
        }
    }
    return 0;
}
