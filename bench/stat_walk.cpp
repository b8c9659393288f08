// The floor under a second snapshot: lists a tree and looks at every entry, and does nothing else.
//   bench_stat_walk FOLDER [THREADS]    prints how many entries it saw
// Calls are the fewest there are: one openat for a folder, getdents64 until it is empty, one
// fstatat for each entry. bench/scenario times it as a whole process beside holt.
#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/unique_fd.h"

namespace {

struct Folder {
    std::shared_ptr<const holt::UniqueFd> parent;  // null: the name is a path
    std::string name;
};

// The folders that nobody has listed yet, newest first, so that few descriptors are open at a time.
class Queue {
  public:
    explicit Queue(Folder root) { waiting_.push_back(std::move(root)); }

    void put(Folder folder) {
        const std::lock_guard lock(mutex_);
        waiting_.push_back(std::move(folder));
        changed_.notify_one();
    }
    // False when all is listed.
    bool take(Folder& folder) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return !waiting_.empty() || busy_ == 0; });
        if (waiting_.empty()) return false;
        folder = std::move(waiting_.back());
        waiting_.pop_back();
        ++busy_;
        return true;
    }
    void done() {
        const std::lock_guard lock(mutex_);
        if (--busy_ == 0 && waiting_.empty()) changed_.notify_all();
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Folder> waiting_;
    std::size_t busy_ = 0;
};

std::uint64_t list(const Folder& folder, Queue& queue, void* buffer, std::size_t size) {
    const int from = folder.parent ? folder.parent->get() : AT_FDCWD;
    const auto fd = std::make_shared<const holt::UniqueFd>(
        ::openat(from, folder.name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd->get() < 0) {
        std::perror(folder.name.c_str());
        std::exit(1);
    }
    std::uint64_t seen = 0;
    for (;;) {
        const ssize_t got = ::getdents64(fd->get(), buffer, size);
        if (got <= 0) return seen;
        for (ssize_t at = 0; at < got;) {
            const auto* entry = reinterpret_cast<const dirent64*>(static_cast<char*>(buffer) + at);
            at += entry->d_reclen;
            const std::string_view name = entry->d_name;
            if (name == "." || name == "..") continue;
            struct stat st;
            if (::fstatat(fd->get(), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0) continue;
            ++seen;
            if (S_ISDIR(st.st_mode)) queue.put({fd, std::string(name)});
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: bench_stat_walk FOLDER [THREADS]\n");
        return 2;
    }
    const int threads = argc > 2 ? std::atoi(argv[2]) : 1;
    struct rlimit limit;
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
    Queue queue({nullptr, argv[1]});
    std::atomic<std::uint64_t> seen{0};
    const auto work = [&] {
        constexpr std::size_t kBuffer = 128 * 1024;
        const auto buffer = std::make_unique<std::uint64_t[]>(kBuffer / 8);
        for (Folder folder; queue.take(folder); queue.done())
            seen += list(folder, queue, buffer.get(), kBuffer);
    };
    std::vector<std::jthread> others;
    for (int i = 1; i < threads; ++i) others.emplace_back(work);
    work();
    others.clear();
    std::printf("%llu\n", static_cast<unsigned long long>(seen.load()));
    return 0;
}
