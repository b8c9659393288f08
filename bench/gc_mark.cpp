// What the marking of a collection costs beside a verify of the trees alone: all trees of all
// snapshots read, every chunk looked up.
//   bench_gc_mark STORE [ROUNDS]    pairs in turn; medians of seconds and of their ratio, and the
//                                   memory that marking takes beyond what the walk took
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <holt/observer.hpp>
#include <string>
#include <vector>

#include "store/catalog/catalog.h"
#include "store/gc/mark.h"
#include "store/operation/reporter.h"
#include "store/trees/tree_walk.h"

namespace {

using namespace holt;
using namespace holt::store;

template <class T>
T must(Result<T> result) {
    if (result) return *std::move(result);
    std::fprintf(stderr, "%s\n", result.error().message().c_str());
    std::exit(1);
}
void must(const Status& status) {
    if (status) return;
    std::fprintf(stderr, "%s\n", status.error().message().c_str());
    std::exit(1);
}

std::size_t peak_bytes() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return static_cast<std::size_t>(usage.ru_maxrss) * 1024;
}

// As verify checks snapshots: each tree once, each of its chunks must be somewhere.
void walk_trees(const StoreFolder& folder, Catalog& catalog) {
    ChunkReader reader(folder, catalog);
    SnapshotTrees trees(reader);
    const auto visit = [&](const TreeEntry& tree, const std::string&,
                           const Tree& entries) -> Status {
        std::vector<Digest> digests;
        for (const ChunkRef& chunk : tree.chunks) digests.push_back(chunk.digest);
        for (const TreeEntry& entry : entries)
            for (const ChunkRef& chunk : entry.chunks) digests.push_back(chunk.digest);
        std::vector<std::optional<ChunkPlace>> places(digests.size());
        return catalog.find_chunks(digests, places);
    };
    const auto damaged = [](const TreeEntry&, const std::string&, const Error&) {};
    for (const SnapshotRow& row : must(catalog.snapshots()))
        must(trees.visit(row.record.root, visit, damaged));
}

double seconds_of(const std::function<void()>& run) {
    const auto begin = std::chrono::steady_clock::now();
    run();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: bench_gc_mark STORE [ROUNDS]\n");
        return 2;
    }
    const int rounds = argc > 2 ? std::atoi(argv[2]) : 5;
    Observer silent;
    Reporter reporter(silent);
    const StoreFolder folder = must(StoreFolder::open(argv[1]));
    Catalog catalog = must(Catalog::open(folder, Catalog::Mode::read_only, {}));
    const std::uint64_t chunks = must(catalog.totals()).chunks;
    std::vector<double> walks, marks, ratios;
    std::size_t walked = 0, marked = 0;
    for (int round = 0; round < rounds; ++round) {
        walks.push_back(seconds_of([&] { walk_trees(folder, catalog); }));
        if (round == 0) walked = peak_bytes();
        marks.push_back(seconds_of([&] {
            Marker marker(folder, catalog, nullptr, reporter);
            must(marker.mark_new());
        }));
        if (round == 0) marked = peak_bytes();
        ratios.push_back(marks.back() / walks.back());
    }
    std::printf(
        "%llu chunks: walk of the trees %.3f s, marking %.3f s, ratio %.2f (%.2f to %.2f)\n",
        static_cast<unsigned long long>(chunks), median(walks), median(marks), median(ratios),
        *std::ranges::min_element(ratios), *std::ranges::max_element(ratios));
    std::printf(
        "peak memory %.1f MiB after the walk, %.1f MiB after marking; allowed are %.1f MiB\n",
        static_cast<double>(walked) / (1 << 20), static_cast<double>(marked) / (1 << 20),
        64 + static_cast<double>(chunks) * 16 / (1 << 20));
    return 0;
}
