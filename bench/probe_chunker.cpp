// What stands before the compressor: the probe, on random bytes (its slow case) and on text-like
// ones (its quick one), and the chunker. GB/s of processor time on one core: median (min to max) of
// 21 turns over memory that is not in the caches.
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <random>
#include <vector>

#include "base/bytes.h"
#include "codec/chunker/fastcdc.h"
#include "codec/probe.h"

namespace {

using holt::Bytes;
using holt::ByteView;

double processor_seconds() {
    timespec t;
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

template <class Work>
void measure(const char* what, ByteView data, Work&& work) {
    std::vector<double> rates;
    for (int turn = 0; turn < 21; ++turn) {
        const double start = processor_seconds();
        work(data);
        rates.push_back(static_cast<double>(data.size()) / (processor_seconds() - start) / 1e9);
    }
    std::ranges::sort(rates);
    std::printf("%-28s %8.2f GB/s (%.2f to %.2f)\n", what, rates[rates.size() / 2], rates.front(),
                rates.back());
}

void probe_blocks(ByteView data) {
    constexpr std::size_t kBlock = std::size_t{1} << 20;
    for (std::size_t at = 0; at + kBlock <= data.size(); at += kBlock) {
        const auto verdict = holt::codec::probe(data.subspan(at, kBlock));
        asm volatile("" : : "r"(verdict));
    }
}

void cut(ByteView data) {
    while (!data.empty()) {
        data = data.subspan(holt::chunker::next_cut(data, holt::chunker::Input::ends));
    }
}

}  // namespace

int main() {
    std::mt19937_64 random(1);
    Bytes data(std::size_t{128} << 20);
    for (auto& byte : data) byte = static_cast<std::uint8_t>(random() >> 56);
    measure("probe, 1 MiB, random", data, probe_blocks);
    measure("chunker, random", data, cut);
    for (auto& byte : data) byte = static_cast<std::uint8_t>('a' + byte % 20);
    measure("probe, 1 MiB, like text", data, probe_blocks);
    return 0;
}
