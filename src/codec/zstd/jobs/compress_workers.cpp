#include "codec/zstd/jobs/compress_workers.h"

#include <tbb/global_control.h>
#include <tbb/info.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>

namespace holt::zstd {

// The arena has no place for the calling thread, and oneTBB keeps one thread fewer than there are
// cores: for as long as this lives, it may have one more than are to work here.
struct Workers::Impl {
    explicit Impl(unsigned threads)
        : control(tbb::global_control::max_allowed_parallelism, threads + 1),
          arena(static_cast<int>(threads), 0) {}

    tbb::global_control control;
    tbb::task_arena arena;
    std::mutex mutex;
    std::condition_variable all_done;
    std::size_t running = 0;  // tasks started and not done
};

Workers::Workers(unsigned threads)
    : impl_(threads > 0 ? std::make_unique<Impl>(threads) : nullptr) {}

Workers::~Workers() {
    if (!impl_) return;
    std::unique_lock lock(impl_->mutex);
    impl_->all_done.wait(lock, [&] { return impl_->running == 0; });
}

void Workers::start(std::function<void()> task) {
    if (!impl_) return task();
    {
        const std::lock_guard lock(impl_->mutex);
        ++impl_->running;
    }
    impl_->arena.enqueue([impl = impl_.get(), run = std::move(task)] {
        run();
        // Told under the lock: who waits may take everything away as soon as it is free.
        const std::lock_guard lock(impl->mutex);
        if (--impl->running == 0) impl->all_done.notify_all();
    });
}

unsigned useful_threads(unsigned wanted) noexcept {
    const auto cores = static_cast<unsigned>(std::max(1, tbb::info::default_concurrency()));
    return wanted == 0 ? cores : std::min(wanted, cores);
}

}  // namespace holt::zstd
