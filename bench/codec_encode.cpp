// zstd encoding against libzstd: the same inputs, the same process, contexts reused on both sides,
// runs alternating on one core, in the processor time of this thread. For each input, level and
// slice size: the median, least and greatest of the paired ratios of speed (ours / libzstd), both
// speeds in MB/s at their best, the ratio of sizes (libzstd / ours: above 1 is smaller), and a
// mark where speed is below 1.00 or size below 0.995 (0.99 from level 10).
//
//   bench_codec_encode [--runs N] [--levels -1,1,3] [--sizes 0,1024,64,16,4,1] [--only NAME]
//                      [--threads N] [PATH...]
//
// Sizes are in KiB; 0 is the whole file. PATHs are the inputs, a folder stands for the files in it;
// without one, those of support/inputs.h. --threads compares ParallelCompressor on N threads with
// one thread instead, by the wall's clock.
#include <zstd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "codec/zstd/encode/compress.h"
#include "codec/zstd/jobs/compress_parallel.h"
#include "support/inputs.h"
#include "support/pairs.h"

namespace {

using namespace holt::bench;
using holt::Bytes;
using holt::ByteView;

struct Options {
    int runs = 11;
    std::vector<int> levels = {1, 3, 5};
    std::vector<int> sizes = {0, 1024, 64, 16, 4, 1};
    std::string only;
    unsigned threads = 0;
    std::vector<std::string> paths;
};

Options parse(int count, char** arguments) {
    Options options;
    for (int i = 1; i < count; ++i) {
        const std::string argument = arguments[i];
        const bool named = argument.starts_with("--") && i + 1 < count;
        if (named && argument == "--runs") {
            options.runs = std::max(1, std::atoi(arguments[++i]));
        } else if (named && argument == "--levels") {
            options.levels = numbers(arguments[++i]);
        } else if (named && argument == "--sizes") {
            options.sizes = numbers(arguments[++i]);
        } else if (named && argument == "--only") {
            options.only = arguments[++i];
        } else if (named && argument == "--threads") {
            options.threads = static_cast<unsigned>(std::atoi(arguments[++i]));
        } else {
            options.paths.push_back(argument);
        }
    }
    return options;
}

/// Slices of `size` bytes (0: the whole), spread over the input; about 2 MiB of small ones.
std::vector<ByteView> slices_of(const Bytes& bytes, std::size_t size) {
    if (size == 0 || size > bytes.size()) return {bytes};
    const std::size_t whole = bytes.size() / size;
    const std::size_t wanted = std::min(whole, std::max<std::size_t>(8, (2u << 20) / size));
    std::vector<ByteView> slices;
    for (std::size_t i = 0; i < wanted; ++i) {
        slices.push_back(ByteView(bytes).subspan(i * (whole / wanted) * size, size));
    }
    return slices;
}

void print(const std::string& name, int level, int kib, std::size_t content, std::size_t ours,
           std::size_t theirs, const Outcome& o) {
    const double sizes = static_cast<double>(theirs) / static_cast<double>(ours);
    const double mb = static_cast<double>(content) / 1e6;
    std::printf("%-10s %5d %6d %8.2f (%.2f-%.2f) %9.1f %9.1f %8.3f %8.4f%s%s\n", name.c_str(),
                level, kib, o.median, o.least, o.greatest, mb / o.ours, mb / o.theirs,
                static_cast<double>(content) / static_cast<double>(ours), sizes,
                o.median < 1.0 ? "  slower" : "",
                sizes < (level < 10 ? 0.995 : 0.99) ? "  larger" : "");
    std::fflush(stdout);
}

void against_libzstd(const Input& input, int level, int kib, int runs) {
    const auto slices = slices_of(input.bytes, static_cast<std::size_t>(kib) << 10);
    std::size_t content = 0;
    std::size_t most = 0;
    for (const ByteView slice : slices) {
        content += slice.size();
        most = std::max(most, slice.size());
    }
    Bytes out(std::max(ZSTD_compressBound(most), holt::zstd::compress_bound(most)));
    holt::zstd::Compressor compressor({.level = level});
    ZSTD_CCtx* const context = ZSTD_createCCtx();
    std::size_t our_size = 0;
    std::size_t their_size = 0;
    const auto ours = [&] {
        our_size = 0;
        for (const ByteView slice : slices) our_size += compressor.compress(slice, out).value();
    };
    const auto theirs = [&] {
        their_size = 0;
        for (const ByteView slice : slices) {
            their_size += ZSTD_compressCCtx(context, out.data(), out.size(), slice.data(),
                                            slice.size(), level);
        }
    };
    const Outcome outcome = compare(runs, CLOCK_THREAD_CPUTIME_ID, ours, theirs);
    ZSTD_freeCCtx(context);
    print(input.name, level, kib, content, our_size, their_size, outcome);
}

void against_one_thread(const Input& input, int level, const Options& options) {
    holt::zstd::ParallelCompressor many({.level = level}, options.threads);
    holt::zstd::Compressor one({.level = level});
    Bytes out(holt::zstd::compress_bound(input.bytes.size()));
    std::size_t many_size = 0;
    std::size_t one_size = 0;
    const Outcome outcome = compare(
        options.runs, CLOCK_MONOTONIC, [&] { many_size = many.compress(input.bytes, out).value(); },
        [&] { one_size = one.compress(input.bytes, out).value(); });
    print(input.name, level, 0, input.bytes.size(), many_size, one_size, outcome);
}

}  // namespace

int main(int count, char** arguments) {
    const Options options = parse(count, arguments);
    if (options.threads == 0) stay_on_core();
    std::printf("libzstd %s\n%-10s %5s %6s %21s %9s %9s %8s %8s\n", ZSTD_versionString(), "input",
                "level", "KiB", "speed (least-most)", "MB/s", "libzstd", "ratio", "size");
    for (const Input& input : find_inputs(options.paths)) {
        if (!options.only.empty() && input.name != options.only) continue;
        for (const int level : options.levels) {
            if (options.threads > 0) {
                against_one_thread(input, level, options);
                continue;
            }
            for (const int kib : options.sizes) against_libzstd(input, level, kib, options.runs);
        }
    }
    return 0;
}
