// What tests/instructions/check counts instructions of: one piece of the zstd codec's work, named
// on the command line, on generated inputs that are the same everywhere.
//
//   codec_workload NAME         does it once to warm up and once inside measured()
//   codec_workload --list       the names
//   codec_workload --made-by    what else the counts depend on: compiler and libzstd
//
// Kernels are those for AVX2: valgrind knows no AVX-512. Exit code 77 where there is no AVX2, 1
// when something fails. Frames to decode are libzstd's, so that a change of the encoder does not
// move the decoder's counts.
#include <zstd.h>

#include <cstdio>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "codec/cpu.h"
#include "codec/zstd/decode/decompress.h"
#include "codec/zstd/encode/compress.h"
#include "codec/zstd/encode_inputs.h"

namespace {

using namespace holt;
using zstd::test::Kind;

constexpr int kSkipped = 77;
constexpr Kind kKindsCounted[] = {Kind::text, Kind::source, Kind::binary, Kind::weights};

/// Inputs of `size` bytes, `count` of each kind.
std::vector<Bytes> inputs(std::size_t size, std::size_t count) {
    std::vector<Bytes> made;
    for (const Kind kind : kKindsCounted) {
        const Bytes all = zstd::test::make_input(kind, size * count, 5);
        for (std::size_t i = 0; i < count; ++i) {
            const auto at = all.begin() + static_cast<std::ptrdiff_t>(i * size);
            made.emplace_back(at, at + static_cast<std::ptrdiff_t>(size));
        }
    }
    return made;
}

using Work = std::function<bool()>;

Work compressing(int level, std::size_t size, std::size_t count) {
    return [all = inputs(size, count), out = Bytes(zstd::compress_bound(size)),
            compressor =
                std::make_shared<zstd::Compressor>(zstd::EncodeOptions{.level = level})]() mutable {
        for (const Bytes& input : all) {
            if (!compressor->compress(input, out)) return false;
        }
        return true;
    };
}

Work decompressing(int level, std::size_t size, std::size_t count) {
    std::vector<Bytes> frames;
    for (const Bytes& input : inputs(size, count)) {
        Bytes frame(ZSTD_compressBound(size));
        frame.resize(ZSTD_compress(frame.data(), frame.size(), input.data(), input.size(), level));
        frames.push_back(std::move(frame));
    }
    return [frames = std::move(frames), out = Bytes(size),
            decompressor = std::make_shared<zstd::Decompressor>()]() mutable {
        for (const Bytes& frame : frames) {
            const auto size_made = decompressor->decompress(frame, out);
            if (!size_made || *size_made != out.size()) return false;
        }
        return true;
    };
}

constexpr std::size_t kLarge = 150'000;  // more than one block
constexpr std::size_t kSmall = 1024;
constexpr std::size_t kSmallCount = 32;

struct Named {
    std::string_view name;
    Work (*make)();
};
constexpr Named kWorkloads[] = {
    {"compress-1", [] { return compressing(1, kLarge, 1); }},
    {"compress-3", [] { return compressing(3, kLarge, 1); }},
    {"compress-5", [] { return compressing(5, kLarge, 1); }},
    {"compress-1-small", [] { return compressing(1, kSmall, kSmallCount); }},
    {"compress-3-small", [] { return compressing(3, kSmall, kSmallCount); }},
    {"compress-5-small", [] { return compressing(5, kSmall, kSmallCount); }},
    {"decompress", [] { return decompressing(3, kLarge, 1); }},
    {"decompress-small", [] { return decompressing(3, kSmall, kSmallCount); }},
};

}  // namespace

/// The only function inside which instructions are counted: valgrind finds it by its name.
extern "C" [[gnu::noinline]] bool measured(const Work& work) {
    const bool done = work();
    asm volatile("" : : : "memory");  // keeps the call from becoming a jump
    return done;
}

int main(int count, char** arguments) {
    const std::string_view name = count == 2 ? arguments[1] : "";
    if (name == "--made-by") {
        std::printf("compiler %s, libzstd %s\n", __VERSION__, ZSTD_versionString());
        return 0;
    }
    for (const Named& workload : kWorkloads) {
        if (name == "--list") std::printf("%s\n", workload.name.data());
        if (name != workload.name) continue;
        if (!codec::force_cpu_level(codec::CpuLevel::avx2)) {
            std::fprintf(stderr, "no AVX2\n");
            return kSkipped;
        }
        const Work work = workload.make();
        if (work() && measured(work)) return 0;
        std::fprintf(stderr, "%s fails\n", workload.name.data());
        return 1;
    }
    return name == "--list" ? 0 : 2;
}
