// zstd decoding against libzstd: the same frames, the same process, contexts reused on both sides,
// runs alternating on one core. For each input: the median, least and greatest of the ratios
// ours / libzstd of paired runs, and both speeds in MB/s of content at their best run.
//
//   bench_codec_decode [--runs N] [--levels 1,3,9] [--sizes 1,4,16,64,1024,0] [--only NAME]
//                      [PATH...]
//
// Sizes are in KiB, 0 is the whole file. PATHs are the inputs, a folder stands for the files in it;
// without one, those of support/inputs.h.
#include <zstd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "codec/zstd/decode/decompress.h"
#include "codec/zstd/encode/compress.h"
#include "support/inputs.h"
#include "support/pairs.h"

namespace {

using namespace holt::bench;
using holt::Bytes;
using holt::ByteView;

struct Options {
    int runs = 11;
    std::vector<int> levels = {1, 3, 9, 19};
    std::vector<std::size_t> sizes = {0, 1024, 64, 16, 4, 1};
    std::string only;
    bool ours = false;  // who makes the frames
    std::vector<std::string> paths;
};

Options parse(int count, char** arguments) {
    Options options;
    for (int i = 1; i < count; ++i) {
        const std::string argument = arguments[i];
        const bool has_value = i + 1 < count;
        if (argument == "--runs" && has_value) {
            options.runs = std::atoi(arguments[++i]);
        } else if (argument == "--levels" && has_value) {
            options.levels = numbers(arguments[++i]);
        } else if (argument == "--sizes" && has_value) {
            options.sizes.clear();
            for (const int size : numbers(arguments[++i])) options.sizes.push_back(size);
        } else if (argument == "--only" && has_value) {
            options.only = arguments[++i];
        } else if (argument == "--made-by" && has_value) {
            options.ours = arguments[++i] == std::string("holt");
        } else {
            options.paths.push_back(argument);
        }
    }
    return options;
}

struct Frame {
    Bytes bytes;
    std::size_t content_size;
};

/// The input cut into slices of `size` bytes (0: one), each a frame. Few enough to stay brief.
std::vector<Frame> make_frames(const Input& input, std::size_t size, int level, bool ours) {
    std::vector<Frame> frames;
    if (size == 0) size = input.bytes.size();
    const std::size_t whole = std::max<std::size_t>(1, input.bytes.size() / size);
    // Small slices are spread over the input, and as many as make about 2 MiB.
    const std::size_t wanted = std::clamp<std::size_t>((2u << 20) / size, 1, whole);
    ZSTD_CCtx* context = ZSTD_createCCtx();
    holt::zstd::Compressor compressor(holt::zstd::EncodeOptions{.level = level});
    for (std::size_t i = 0; i < wanted; ++i) {
        const std::size_t at = i * (whole / wanted) * size;
        const std::size_t length = std::min(size, input.bytes.size() - at);
        const ByteView slice = ByteView(input.bytes).subspan(at, length);
        Bytes frame(std::max(ZSTD_compressBound(length), holt::zstd::compress_bound(length)));
        if (ours)
            frame.resize(compressor.compress(slice, frame).value());
        else
            frame.resize(ZSTD_compressCCtx(context, frame.data(), frame.size(), slice.data(),
                                           slice.size(), level));
        frames.push_back({std::move(frame), length});
    }
    ZSTD_freeCCtx(context);
    return frames;
}

/// Bytes of content in all frames.
std::size_t content_of(const std::vector<Frame>& frames) {
    std::size_t content = 0;
    for (const Frame& frame : frames) content += frame.content_size;
    return content;
}

Outcome against_libzstd(const std::vector<Frame>& frames, int runs) {
    std::size_t most = 0;
    for (const Frame& frame : frames) most = std::max(most, frame.content_size);
    Bytes out(most);
    static holt::zstd::Decompressor decompressor;
    static ZSTD_DCtx* const context = ZSTD_createDCtx();
    const auto ours = [&] {
        for (const Frame& frame : frames)
            if (!decompressor.decompress(frame.bytes, {out.data(), frame.content_size}))
                std::abort();
    };
    const auto theirs = [&] {
        for (const Frame& frame : frames)
            if (ZSTD_isError(ZSTD_decompressDCtx(context, out.data(), frame.content_size,
                                                 frame.bytes.data(), frame.bytes.size())))
                std::abort();
    };
    return compare(runs, CLOCK_THREAD_CPUTIME_ID, ours, theirs);
}

}  // namespace

int main(int count, char** arguments) {
    const Options options = parse(count, arguments);
    stay_on_core();
    std::printf("zstd decode, ours / libzstd %s, %d alternating runs each, frames made by %s\n",
                ZSTD_versionString(), options.runs, options.ours ? "holt" : "libzstd");
    std::printf("%-10s %6s %5s  %6s %6s %6s  %8s %8s\n", "input", "KiB", "level", "median", "least",
                "most", "ours", "libzstd");
    std::map<std::size_t, std::vector<double>> by_size;
    const std::vector<Input> inputs = find_inputs(options.paths);
    for (const std::size_t size : options.sizes) {
        for (const Input& input : inputs) {
            if (!options.only.empty() && input.name != options.only) continue;
            for (const int level : options.levels) {
                const std::vector<Frame> frames =
                    make_frames(input, size << 10, level, options.ours);
                const Outcome outcome = against_libzstd(frames, options.runs);
                const double megabytes = static_cast<double>(content_of(frames)) / 1e6;
                by_size[size].push_back(outcome.median);
                std::printf("%-10s %6zu %5d  %6.3f %6.3f %6.3f  %8.0f %8.0f\n", input.name.c_str(),
                            size, level, outcome.median, outcome.least, outcome.greatest,
                            megabytes / outcome.ours, megabytes / outcome.theirs);
                std::fflush(stdout);
            }
        }
    }
    for (const auto& [size, ratios] : by_size) {
        double sum = 0;
        for (const double ratio : ratios) sum += std::log(ratio);
        std::printf("geometric mean at %zu KiB: %.3f, least %.3f, most %.3f\n", size,
                    std::exp(sum / static_cast<double>(ratios.size())),
                    *std::min_element(ratios.begin(), ratios.end()),
                    *std::max_element(ratios.begin(), ratios.end()));
    }
    return 0;
}
