// BLAKE3 beside what it is measured against, alternating in one process: libcrypto's SHA-256 on
// 1 MiB, many small buffers in one call against one by one, every CPU level, and b3sum as a whole
// process on a large file.
//   bench_blake3                the table
//   bench_blake3 --hash FILE    hashes one file like `b3sum --num-threads 1`: the child process
#include <fcntl.h>
#include <openssl/evp.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "codec/blake3/blake3.h"
#include "codec/cpu.h"

namespace {

using holt::Bytes;
using holt::ByteView;
using holt::Digest;
using holt::codec::CpuLevel;

constexpr int kPairs = 21;

double in_seconds(const timespec& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

// Processor time, not the clock on the wall: everything here runs on one core, and a neighbour on
// the machine then disturbs less. Children count once they have ended.
double processor_seconds() {
    timespec own;
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
    rusage children;
    ::getrusage(RUSAGE_CHILDREN, &children);
    const auto of = [](const timeval& t) {
        return in_seconds({.tv_sec = t.tv_sec, .tv_nsec = t.tv_usec * 1000});
    };
    return in_seconds(own) + of(children.ru_utime) + of(children.ru_stime);
}

double seconds(const std::function<void()>& work) {
    const double start = processor_seconds();
    work();
    return processor_seconds() - start;
}

struct Comparison {
    double bytes;                                    // that each side hashes once
    double ours_median = 0, peer_median = 0;         // seconds
    double ratio = 0, ratio_min = 0, ratio_max = 0;  // peer's time by ours
};

// Runs both sides in turn, each `repeat` times a turn, after one turn to warm up.
Comparison compare(double bytes, int repeat, const std::function<void()>& ours,
                   const std::function<void()>& peer) {
    std::vector<double> ours_times, peer_times, ratios;
    const auto turn = [&](const std::function<void()>& side) {
        return seconds([&] {
                   for (int i = 0; i < repeat; ++i) side();
               }) /
               repeat;
    };
    for (int pair = -1; pair < kPairs; ++pair) {
        const double first = turn(ours);
        const double second = turn(peer);
        if (pair < 0) continue;
        ours_times.push_back(first);
        peer_times.push_back(second);
        ratios.push_back(second / first);
    }
    for (auto* list : {&ours_times, &peer_times, &ratios}) std::ranges::sort(*list);
    return {bytes,          ours_times[kPairs / 2], peer_times[kPairs / 2], ratios[kPairs / 2],
            ratios.front(), ratios.back()};
}

void print(const char* what, const char* peer, const Comparison& c) {
    std::printf("%-34s %8.2f GB/s  %-22s %8.2f GB/s  ratio %5.2f (%.2f to %.2f)\n", what,
                c.bytes / c.ours_median / 1e9, peer, c.bytes / c.peer_median / 1e9, c.ratio,
                c.ratio_min, c.ratio_max);
    std::fflush(stdout);
}

Bytes random_bytes(std::size_t size) {
    std::mt19937_64 random(size);
    Bytes bytes(size);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    return bytes;
}

// Keeps a result alive without a cost that could be seen.
void use(const void* result) {
    asm volatile("" : : "r"(result) : "memory");
}

void sha256(ByteView input) {
    unsigned char digest[32];
    unsigned length = 0;
    EVP_Digest(input.data(), input.size(), digest, &length, EVP_sha256(), nullptr);
    use(digest);
}

void one(ByteView input) {
    const Digest digest = holt::blake3::hash(input);
    use(&digest);
}

void many_against_one_by_one(const char* what, const std::vector<std::size_t>& sizes) {
    std::size_t total = 0;
    for (const std::size_t size : sizes) total += size;
    const Bytes data = random_bytes(total);
    std::vector<ByteView> inputs;
    std::size_t at = 0;
    for (const std::size_t size : sizes) {
        inputs.push_back(ByteView(data).subspan(at, size));
        at += size;
    }
    std::vector<Digest> digests(inputs.size());
    print(what, "hash one by one",
          compare(
              static_cast<double>(total), 2,
              [&] {
                  holt::blake3::hash_many(inputs, digests);
                  use(digests.data());
              },
              [&] {
                  for (std::size_t i = 0; i < inputs.size(); ++i) {
                      digests[i] = holt::blake3::hash(inputs[i]);
                  }
                  use(digests.data());
              }));
}

int hash_file(const char* path) {
    const holt::UniqueFd file(::open(path, O_RDONLY | O_CLOEXEC));
    struct stat status;
    if (!file || ::fstat(file.get(), &status) != 0) {
        std::perror(path);
        return 1;
    }
    const auto size = static_cast<std::size_t>(status.st_size);
    void* const map = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (map == MAP_FAILED) {
        std::perror(path);
        return 1;
    }
    const Digest digest = holt::blake3::hash({static_cast<const std::uint8_t*>(map), size});
    std::printf("%s  %s\n", digest.hex().c_str(), path);
    return 0;
}

// Runs a program with its output thrown away; false when it fails or is not there.
bool run(std::vector<std::string> words) {
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    pid_t child = 0;
    int status = 0;
    const int failed = ::posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    return failed == 0 && ::waitpid(child, &status, 0) == child && status == 0;
}

void whole_process_against_b3sum(const std::string& self) {
    if (!run({"b3sum", "--version"})) {
        std::printf("no b3sum here: not compared\n");
        return;
    }
    constexpr std::size_t kFile = std::size_t{256} << 20;
    std::string path = "/dev/shm/bench_blake3.XXXXXX";
    const holt::UniqueFd file(::mkstemp(path.data()));
    const Bytes piece = random_bytes(1 << 20);
    bool written = static_cast<bool>(file);
    for (std::size_t at = 0; written && at < kFile; at += piece.size()) {
        written =
            ::write(file.get(), piece.data(), piece.size()) == static_cast<ssize_t>(piece.size());
    }
    if (written) {
        print("256 MiB file, whole process", "b3sum --num-threads 1",
              compare(
                  static_cast<double>(kFile), 1,
                  [&] {
                      run({self, "--hash", path});
                  },
                  [&] {
                      run({"b3sum", "--num-threads", "1", path});
                  }));
    } else {
        std::perror(path.c_str());
    }
    ::unlink(path.c_str());
}

}  // namespace

int main(int argc, char** argv) {
    if (argc == 3 && std::strcmp(argv[1], "--hash") == 0) return hash_file(argv[2]);

    std::printf(
        "processor time, %d pairs each, ours and peer in turn; "
        "ratio: peer's time by ours, median (min to max)\n",
        kPairs);
    const Bytes mebibyte = random_bytes(1 << 20);
    print("1 MiB", "libcrypto SHA-256",
          compare(
              1 << 20, 4, [&] { one(mebibyte); }, [&] { sha256(mebibyte); }));
    for (const CpuLevel level : {CpuLevel::portable, CpuLevel::avx2}) {
        if (level >= holt::codec::detected_cpu_level()) break;
        const auto at_level = [&] {
            holt::codec::force_cpu_level(level);
            one(mebibyte);
            holt::codec::force_cpu_level(std::nullopt);
        };
        const std::string peer = "1 MiB at level " + std::string(holt::codec::name(level));
        print("1 MiB", peer.c_str(),
              compare(
                  1 << 20, 4, [&] { one(mebibyte); }, at_level));
    }
    for (const std::size_t size : {64, 1024, 4096, 16384, 65536}) {
        const ByteView input = ByteView(mebibyte).first(size);
        const std::string what = std::to_string(size) + " bytes";
        print(what.c_str(), "libcrypto SHA-256",
              compare(
                  static_cast<double>(size), 1000, [&] { one(input); }, [&] { sha256(input); }));
    }
    many_against_one_by_one("4,096 buffers of 1 KiB, one call",
                            std::vector<std::size_t>(4096, 1024));
    // Like the files of an environment: a median of 1.7 KB and a long tail.
    std::mt19937 random(1);
    std::lognormal_distribution<double> lengths(7.44, 1.6);
    std::vector<std::size_t> files(4096);
    for (auto& size : files) {
        size = std::min<std::size_t>(static_cast<std::size_t>(lengths(random)), 256 << 10);
    }
    many_against_one_by_one("4,096 files, median 1.7 KB", files);
    whole_process_against_b3sum(argv[0]);
    return 0;
}
