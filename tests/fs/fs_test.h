// What the tests of src/fs share: scratch trees, child processes, threads as an Executor.
#pragma once

#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.h"
#include "support/temp_dir.h"

namespace holt::fs {

/// Where large scratch trees go: memory, where there is some, because there the tests would wait
/// for nothing but the disk.
inline std::filesystem::path memory_folder() {
    const char* shm = "/dev/shm";
    return ::access(shm, W_OK | X_OK) == 0 ? std::filesystem::path(shm)
                                           : std::filesystem::temp_directory_path();
}

inline UniqueFd open_dir(const std::filesystem::path& path) {
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd) throw std::runtime_error("cannot open " + path.string());
    return fd;
}

inline void write_text(const std::filesystem::path& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
}

inline std::string read_text(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

inline std::vector<std::string> names_in(const std::filesystem::path& path) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(path))
        names.push_back(entry.path().filename().string());
    std::ranges::sort(names);
    return names;
}

inline struct stat lstat_of(const std::filesystem::path& path) {
    struct stat st = {};
    EXPECT_EQ(::lstat(path.c_str(), &st), 0) << path;
    return st;
}

/// How a child ended: its exit code, or 1000 + the signal that killed it.
inline int end_of(pid_t child) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}
inline constexpr int kKilled = 1000 + SIGKILL;

/// Runs `body` in a forked child. 0 when no expectation failed in it; kKilled when it was killed.
inline pid_t start_child(const std::function<void()>& body) {
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child != 0) return child;
    body();
    std::fflush(nullptr);
    ::_exit(::testing::Test::HasFailure() ? 1 : 0);
}
inline int in_child(const std::function<void()>& body) {
    return end_of(start_child(body));
}

inline bool root() {
    return ::geteuid() == 0;
}

/// Becomes an ordinary user for good: call it in a child.
inline void become_nobody() {
    constexpr unsigned kNobody = 65534;
    ASSERT_EQ(::setgroups(0, nullptr), 0);
    ASSERT_EQ(::setgid(kNobody), 0);
    ASSERT_EQ(::setuid(kNobody), 0);
}
/// Runs `body` in a child as an ordinary user, whoever runs the tests.
inline int as_user(const std::function<void()>& body) {
    return in_child([&] {
        if (root()) become_nobody();
        body();
    });
}

/// A few threads that run tasks in any order.
class Threads {
  public:
    explicit Threads(int count) {
        for (int i = 0; i < count; ++i) threads_.emplace_back([this] { work(); });
    }
    ~Threads() {
        {
            const std::lock_guard lock(mutex_);
            done_ = true;
        }
        wake_.notify_all();
        for (auto& thread : threads_) thread.join();
    }
    std::function<void(std::function<void()>)> executor() {
        return [this](std::function<void()> task) {
            {
                const std::lock_guard lock(mutex_);
                tasks_.push_back(std::move(task));
            }
            wake_.notify_one();
        };
    }

  private:
    void work() {
        std::unique_lock lock(mutex_);
        for (;;) {
            wake_.wait(lock, [&] { return done_ || !tasks_.empty(); });
            if (tasks_.empty()) return;
            auto task = std::move(tasks_.back());  // not in order, on purpose
            tasks_.pop_back();
            lock.unlock();
            task();
            lock.lock();
        }
    }

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> tasks_;
    bool done_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace holt::fs
