#include "fs/walk/list_parallel.h"

#include <algorithm>
#include <condition_variable>
#include <iterator>
#include <memory>
#include <mutex>
#include <new>
#include <span>
#include <utility>
#include <vector>

namespace holt::fs {
namespace {

// Some milliseconds of stat calls: many times what waking a thread costs.
constexpr std::size_t kPartNames = 2048;
constexpr std::size_t kMaxHelpers = 16;

// The names of a folder in parts, of which each thread takes the next. A helper that comes when
// none is left touches nothing: it may be long after the folder was closed.
class Parts {
  public:
    Parts(int fd, std::string shown, std::vector<std::string> names)
        : fd_(fd),
          shown_(std::move(shown)),
          names_(std::move(names)),
          listed_((names_.size() + kPartNames - 1) / kPartNames) {}

    std::size_t count() const noexcept { return listed_.size(); }

    void work() {
        std::unique_lock lock(mutex_);
        while (next_ < listed_.size()) {
            const std::size_t part = next_++;
            ++running_;
            lock.unlock();
            const bool done = look_at(part);
            lock.lock();
            --running_;
            out_of_memory_ |= !done;
        }
        left_.notify_all();
    }

    Listing take() {
        std::unique_lock lock(mutex_);
        left_.wait(lock, [&] { return running_ == 0; });
        if (out_of_memory_) throw std::bad_alloc();
        Listing all;
        all.entries.reserve(names_.size());
        for (Listing& part : listed_) {
            std::ranges::move(part.entries, std::back_inserter(all.entries));
            std::ranges::move(part.errors, std::back_inserter(all.errors));
            part = {};
        }
        return all;
    }

  private:
    bool look_at(std::size_t part) noexcept {
        try {
            const std::size_t begin = part * kPartNames;
            const std::size_t size = std::min(kPartNames, names_.size() - begin);
            listed_[part] = look_at_names(fd_, std::span(names_).subspan(begin, size), shown_);
            return true;
        } catch (const std::bad_alloc&) {  // or the one that waits would wait for ever
            return false;
        }
    }

    const int fd_;
    const std::string shown_;
    std::vector<std::string> names_;
    std::vector<Listing> listed_;
    std::mutex mutex_;
    std::condition_variable left_;
    std::size_t next_ = 0, running_ = 0;
    bool out_of_memory_ = false;
};

}  // namespace

Result<Listing> list_folder_parallel(int fd, std::string_view shown, const Executor& executor) {
    HOLT_TRY_LET(names, list_names(fd, shown));
    if (!executor || names.size() <= kPartNames) return look_at_names(fd, names, shown);
    const auto parts = std::make_shared<Parts>(fd, std::string(shown), std::move(names));
    const std::size_t helpers = std::min(parts->count() - 1, kMaxHelpers);
    try {
        for (std::size_t i = 0; i < helpers; ++i) executor([parts] { parts->work(); });
    } catch (const std::bad_alloc&) {  // fewer helpers; those that have begun need `fd`
    }
    parts->work();
    return parts->take();
}

}  // namespace holt::fs
