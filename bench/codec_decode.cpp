// zstd decoding against libzstd: the same frames, the same process, contexts reused on both sides,
// runs alternating on one core. For each input: the median, least and greatest of the ratios
// ours / libzstd of paired runs, and both speeds in MB/s of content at their best run.
//
//   bench_codec_decode [--runs N] [--levels 1,3,9] [--sizes 1,4,16,64,1024,0] [--only NAME]
//   [FOLDER...]
//
// Sizes are in KiB, 0 is the whole file. FOLDERs hold the files to use; without one, the Silesia
// files are looked for (as .zip, in ../shared/data/silesia and above), slices of a Python
// installation's files, and float weights are generated.
#include <sched.h>
#include <zstd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "codec/zstd/compress.h"
#include "codec/zstd/decompress.h"

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
    std::vector<int> levels = {1, 3, 9, 19};
    std::vector<std::size_t> sizes = {0, 1024, 64, 16, 4, 1};
    std::string only;
    bool ours = false;  // who makes the frames
    std::vector<std::string> folders;
};

std::vector<int> numbers(const char* list) {
    std::vector<int> values;
    for (const char* at = list; *at != '\0';) {
        char* end = nullptr;
        values.push_back(static_cast<int>(std::strtol(at, &end, 10)));
        at = *end == ',' ? end + 1 : end;
    }
    return values;
}

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
            options.folders.push_back(argument);
        }
    }
    return options;
}

Bytes read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return Bytes(std::istreambuf_iterator<char>(in), {});
}

Bytes output_of(const std::string& command) {
    Bytes bytes;
    std::FILE* pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) return bytes;
    std::uint8_t buffer[65536];
    while (const std::size_t got = std::fread(buffer, 1, sizeof buffer, pipe))
        bytes.insert(bytes.end(), buffer, buffer + got);
    pclose(pipe);
    return bytes;
}

/// Weights as a trained layer has them: a normal distribution, cut to 16 or 32 bits.
Bytes float_weights(std::size_t size, int bytes_each) {
    std::mt19937 random(7);
    std::normal_distribution<float> normal(0.0F, 0.02F);
    Bytes bytes;
    while (bytes.size() < size) {
        const float value = normal(random);
        std::uint8_t raw[4];
        std::memcpy(raw, &value, 4);
        bytes.insert(bytes.end(), raw + 4 - bytes_each, raw + 4);
    }
    bytes.resize(size);
    return bytes;
}

/// Files of one kind joined, up to 4 MiB.
void add_joined(std::vector<Input>& inputs, const std::vector<fs::path>& paths,
                const char* ending) {
    Bytes joined;
    for (const fs::path& path : paths) {
        if (path.extension() != ending) continue;
        const Bytes bytes = read_file(path);
        joined.insert(joined.end(), bytes.begin(), bytes.end());
        if (joined.size() > (4u << 20)) break;
    }
    if (joined.size() > 100'000) inputs.push_back({ending, joined});
}

std::vector<Input> find_inputs(const Options& options) {
    std::vector<Input> inputs;
    for (const std::string& folder : options.folders)
        for (const auto& entry : fs::directory_iterator(folder))
            if (entry.is_regular_file())
                inputs.push_back({entry.path().filename(), read_file(entry.path())});
    if (!inputs.empty()) return inputs;
    std::string up = "../shared/data/silesia";
    for (int i = 0; i < 4 && inputs.empty(); ++i, up = "../" + up)
        if (fs::is_directory(up))
            for (const auto& entry : fs::directory_iterator(up))
                inputs.push_back(
                    {entry.path().stem(), output_of("unzip -p '" + entry.path().string() + "'")});
    std::vector<fs::path> paths;
    const char* home = std::getenv("HOME");
    for (const std::string& folder :
         {std::string(home ? home : "") + "/.pyenv/versions", std::string("/usr/lib/python3"),
          std::string("/usr/lib/python3.11")}) {
        std::error_code ignored;
        for (fs::recursive_directory_iterator it(folder, ignored), end; it != end;
             it.increment(ignored))
            if (it->is_regular_file(ignored)) paths.push_back(it->path());
        if (!paths.empty()) break;
    }
    std::sort(paths.begin(), paths.end());
    for (const char* ending : {".py", ".pyc", ".so", ".js"}) add_joined(inputs, paths, ending);
    inputs.push_back({"bf16", float_weights(4u << 20, 2)});
    inputs.push_back({"fp32", float_weights(4u << 20, 4)});
    return inputs;
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

template <class Run>
double seconds(const Run& run, int times) {
    // Time of this thread, not of the wall: other work on the machine does not count.
    const auto now = [] {
        timespec time{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
    };
    const double begin = now();
    for (int i = 0; i < times; ++i) run();
    return now() - begin;
}

struct Outcome {
    double median, least, greatest, ours, theirs;
};

Outcome compare(const std::vector<Frame>& frames, int runs) {
    std::size_t content = 0, most = 0;
    for (const Frame& frame : frames) {
        content += frame.content_size;
        most = std::max(most, frame.content_size);
    }
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
    // Each run is some 10 ms long, so that the clock does not matter.
    const double once = std::min(seconds(ours, 2), seconds(theirs, 2)) / 2;
    const int times = std::max(1, static_cast<int>(0.008 / once));
    std::vector<double> ratios;
    double best_ours = 1e9, best_theirs = 1e9;
    for (int run = 0; run < runs; ++run) {
        double mine, other;
        if (run % 2 == 0) {
            mine = seconds(ours, times);
            other = seconds(theirs, times);
        } else {
            other = seconds(theirs, times);
            mine = seconds(ours, times);
        }
        ratios.push_back(other / mine);
        best_ours = std::min(best_ours, mine);
        best_theirs = std::min(best_theirs, other);
    }
    std::sort(ratios.begin(), ratios.end());
    const double megabytes = static_cast<double>(content) * times / 1e6;
    return {ratios[ratios.size() / 2], ratios.front(), ratios.back(), megabytes / best_ours,
            megabytes / best_theirs};
}

}  // namespace

int main(int count, char** arguments) {
    const Options options = parse(count, arguments);
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(sched_getcpu(), &cpus);
    sched_setaffinity(0, sizeof cpus, &cpus);
    std::printf("zstd decode, ours / libzstd %s, %d alternating runs each, frames made by %s\n",
                ZSTD_versionString(), options.runs, options.ours ? "holt" : "libzstd");
    std::printf("%-10s %6s %5s  %6s %6s %6s  %8s %8s\n", "input", "KiB", "level", "median", "least",
                "most", "ours", "libzstd");
    std::map<std::size_t, std::vector<double>> by_size;
    const std::vector<Input> inputs = find_inputs(options);
    for (const std::size_t size : options.sizes) {
        for (const Input& input : inputs) {
            if (!options.only.empty() && input.name != options.only) continue;
            for (const int level : options.levels) {
                const std::vector<Frame> frames =
                    make_frames(input, size << 10, level, options.ours);
                const Outcome outcome = compare(frames, options.runs);
                by_size[size].push_back(outcome.median);
                std::printf("%-10s %6zu %5d  %6.3f %6.3f %6.3f  %8.0f %8.0f\n", input.name.c_str(),
                            size, level, outcome.median, outcome.least, outcome.greatest,
                            outcome.ours, outcome.theirs);
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
