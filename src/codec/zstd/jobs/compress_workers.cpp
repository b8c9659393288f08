#include "codec/zstd/jobs/compress_workers.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace holt::zstd {

// Threads of its own, and not those of oneTBB, which has one fewer than there are cores for all of
// the process: more of them could be had only by a setting that every other user of oneTBB in the
// process would feel. They are started as tasks come, and end with this.
struct Workers::Impl {
    explicit Impl(unsigned limit) : most(limit) {}
    ~Impl() {
        {
            const std::lock_guard lock(mutex);
            ending = true;
        }
        wake.notify_all();
        for (std::thread& thread : threads) thread.join();
    }

    void work() noexcept {
        std::unique_lock lock(mutex);
        for (;;) {
            wake.wait(lock, [&] { return ending || !tasks.empty(); });
            if (tasks.empty()) return;
            const std::function<void()> task = std::move(tasks.front());
            tasks.pop_front();
            ++busy;
            lock.unlock();
            task();
            lock.lock();
            --busy;
        }
    }
    /// One thread more, if there may be one and those that there are have enough to do. Called with
    /// the lock held.
    void grow() {
        if (threads.size() >= most || busy + tasks.size() <= threads.size()) return;
        try {
            threads.emplace_back([this] { work(); });
        } catch (const std::system_error&) {
            most = static_cast<unsigned>(threads.size());  // the machine has no more of them
        }
    }

    unsigned most;
    std::vector<std::thread> threads;
    std::deque<std::function<void()>> tasks;
    std::size_t busy = 0;
    bool ending = false;
    std::mutex mutex;
    std::condition_variable wake;
};

Workers::Workers(unsigned threads)
    : impl_(threads > 0 ? std::make_unique<Impl>(threads) : nullptr) {}

// What was started is done before the threads end.
Workers::~Workers() = default;

void Workers::start(std::function<void()> task) {
    if (!impl_) return task();
    {
        std::unique_lock lock(impl_->mutex);
        impl_->tasks.push_back(std::move(task));
        impl_->grow();
        if (impl_->threads.empty()) {
            const std::function<void()> alone = std::move(impl_->tasks.front());
            impl_->tasks.pop_front();
            lock.unlock();
            return alone();
        }
    }
    impl_->wake.notify_one();
}

unsigned useful_threads(unsigned wanted) noexcept {
    const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
    return wanted == 0 ? cores : std::min(wanted, cores);
}

}  // namespace holt::zstd
