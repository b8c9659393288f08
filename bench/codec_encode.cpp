// zstd encoding against libzstd: the same inputs, the same process, contexts reused on both sides,
// runs alternating on one core, in the processor time of this thread. For each input, level and
// slice size: the median, least and greatest of the paired ratios of speed (ours / libzstd), both
// speeds in MB/s at their best, the ratio of sizes (libzstd / ours: above 1 is smaller), and a
// mark where speed is below 1.00 or size below 0.995 (0.99 from level 10).
//
//   bench_codec_encode [--runs N] [--levels -1,1,3] [--sizes 0,1024,64,16,4,1] [--only NAME]
//                      [--threads N] [FILE...]
//
// Sizes are in KiB; 0 is the whole file. FILEs are the inputs; without one, Silesia files are
// looked for (unpacked or as .zip, in ../shared/data/silesia and above), slices of a Python
// installation's files are joined, and float weights and random bytes are generated. --threads
// compares ParallelCompressor on N threads with one thread instead, by the wall's clock.
#include <sched.h>
#include <zstd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "codec/zstd/compress.h"
#include "codec/zstd/compress_parallel.h"

namespace {

namespace fs = std::filesystem;
using holt::Bytes;
using holt::ByteView;

struct Input {
    std::string name;
    Bytes bytes;
};

struct Options {
    int runs = 11;
    std::vector<int> levels = {1, 3, 5};
    std::vector<int> sizes = {0, 1024, 64, 16, 4, 1};
    std::string only;
    unsigned threads = 0;
    std::vector<std::string> files;
};

std::vector<int> numbers(const char* list) {
    std::vector<int> values;
    for (const char* at = list; *at != '\0';) {
        char* end = nullptr;
        values.push_back(static_cast<int>(std::strtol(at, &end, 10)));
        if (end == at) break;
        at = *end == ',' ? end + 1 : end;
    }
    return values;
}

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
            options.files.push_back(argument);
        }
    }
    return options;
}

Bytes read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return Bytes(std::istreambuf_iterator<char>(in), {});
}

Bytes unzip(const fs::path& path) {
    Bytes bytes;
    std::FILE* const pipe = popen(("unzip -p '" + path.string() + "'").c_str(), "r");
    if (pipe == nullptr) return bytes;
    std::uint8_t buffer[65536];
    while (const std::size_t got = std::fread(buffer, 1, sizeof buffer, pipe)) {
        bytes.insert(bytes.end(), buffer, buffer + got);
    }
    pclose(pipe);
    return bytes;
}

void add_silesia(std::vector<Input>& inputs) {
    std::string folder = "../shared/data/silesia";
    for (int up = 0; up < 4; ++up, folder = "../" + folder) {
        if (!fs::is_directory(folder)) continue;
        for (const auto& entry : fs::directory_iterator(folder)) {
            const fs::path& path = entry.path();
            inputs.push_back(
                {path.stem(), path.extension() == ".zip" ? unzip(path) : read_file(path)});
        }
        return;
    }
}

/// Files of each kind from a Python installation, joined up to 8 MiB.
void add_python(std::vector<Input>& inputs) {
    const char* const home = std::getenv("HOME");
    std::vector<fs::path> paths;
    for (const fs::path& folder : {fs::path(home != nullptr ? home : "") / ".pyenv/versions",
                                   fs::path("/usr/lib/python3"), fs::path("/usr/lib/python3.11")}) {
        std::error_code ignored;
        for (fs::recursive_directory_iterator it(folder, ignored), end; it != end;
             it.increment(ignored)) {
            if (it->is_regular_file(ignored)) paths.push_back(it->path());
        }
        if (!paths.empty()) break;
    }
    std::sort(paths.begin(), paths.end());
    for (const char* const ending : {".py", ".pyc", ".so", ".js"}) {
        Bytes joined;
        for (const fs::path& path : paths) {
            if (path.extension() != ending || joined.size() > (8u << 20)) continue;
            const Bytes bytes = read_file(path);
            joined.insert(joined.end(), bytes.begin(), bytes.end());
        }
        joined.resize(std::min<std::size_t>(joined.size(), 8u << 20));
        if (joined.size() > 100'000) inputs.push_back({ending, std::move(joined)});
    }
}

void add_generated(std::vector<Input>& inputs) {
    std::mt19937_64 random(7);
    std::normal_distribution<float> normal(0.0F, 0.02F);
    Bytes weights;
    while (weights.size() < (4u << 20)) {
        const float value = normal(random);
        std::uint8_t raw[4];
        std::memcpy(raw, &value, 4);
        weights.insert(weights.end(), raw + 2, raw + 4);
    }
    inputs.push_back({"bf16", std::move(weights)});
    Bytes noise;
    while (noise.size() < (1u << 20)) noise.push_back(static_cast<std::uint8_t>(random()));
    inputs.push_back({"random", std::move(noise)});
}

std::vector<Input> find_inputs(const Options& options) {
    std::vector<Input> inputs;
    for (const std::string& file : options.files) {
        inputs.push_back({fs::path(file).filename(), read_file(file)});
    }
    if (inputs.empty()) {
        add_silesia(inputs);
        add_python(inputs);
        add_generated(inputs);
    }
    return inputs;
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

template <class Run>
double seconds(clockid_t clock, const Run& run) {
    const auto now = [clock] {
        timespec time{};
        clock_gettime(clock, &time);
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
    };
    const double begin = now();
    run();
    return now() - begin;
}

struct Outcome {
    double median, least, greatest, ours, theirs;  // ratios; best times in seconds
};

template <class Ours, class Theirs>
Outcome compare(int runs, clockid_t clock, const Ours& ours, const Theirs& theirs) {
    // A run is some 10 ms long at least, so that the clock's grain does not matter.
    const double once = std::min(seconds(clock, ours), seconds(clock, theirs));
    const int times = std::max(1, static_cast<int>(0.01 / std::max(once, 1e-7)));
    Outcome outcome{0, 0, 0, 1e9, 1e9};
    std::vector<double> ratios;
    for (int run = 0; run < runs; ++run) {
        const auto repeat = [times](const auto& one) {
            return [times, &one] {
                for (int i = 0; i < times; ++i) one();
            };
        };
        double mine = 0;
        double other = 0;
        if (run % 2 == 0) mine = seconds(clock, repeat(ours)) / times;
        other = seconds(clock, repeat(theirs)) / times;
        if (run % 2 == 1) mine = seconds(clock, repeat(ours)) / times;
        ratios.push_back(other / mine);
        outcome.ours = std::min(outcome.ours, mine);
        outcome.theirs = std::min(outcome.theirs, other);
    }
    std::sort(ratios.begin(), ratios.end());
    outcome.median = ratios[ratios.size() / 2];
    outcome.least = ratios.front();
    outcome.greatest = ratios.back();
    return outcome;
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
    if (options.threads == 0) {
        cpu_set_t core;
        CPU_ZERO(&core);
        CPU_SET(std::max(0, sched_getcpu()), &core);
        sched_setaffinity(0, sizeof core, &core);
    }
    std::printf("libzstd %s\n%-10s %5s %6s %21s %9s %9s %8s %8s\n", ZSTD_versionString(), "input",
                "level", "KiB", "speed (least-most)", "MB/s", "libzstd", "ratio", "size");
    for (const Input& input : find_inputs(options)) {
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
