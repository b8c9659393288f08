#include "fs/walk/list_parallel.h"

#include <algorithm>
#include <condition_variable>
#include <functional>
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
    /// Is given what a part consists of, by any thread, parts in no order.
    using Take = std::function<void(std::size_t part, Listing listing)>;
    Parts(int fd, std::string shown, std::vector<std::string> names, Take take)
        : fd_(fd),
          shown_(std::move(shown)),
          names_(std::move(names)),
          take_(std::move(take)),
          count_(part_count(names_)) {}

    static std::size_t part_count(const std::vector<std::string>& names) noexcept {
        return (names.size() + kPartNames - 1) / kPartNames;
    }
    std::size_t count() const noexcept { return count_; }

    void work() {
        std::unique_lock lock(mutex_);
        while (next_ < count_) {
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

    /// Until all parts were taken; nothing is called after that.
    void wait() {
        std::unique_lock lock(mutex_);
        left_.wait(lock, [&] { return running_ == 0; });
        names_ = {};
        take_ = {};
        if (out_of_memory_) throw std::bad_alloc();
    }

  private:
    bool look_at(std::size_t part) noexcept {
        try {
            const std::size_t begin = part * kPartNames;
            const std::size_t size = std::min(kPartNames, names_.size() - begin);
            take_(part, look_at_names(fd_, std::span(names_).subspan(begin, size), shown_));
            return true;
        } catch (const std::bad_alloc&) {  // or the one that waits would wait for ever
            return false;
        }
    }

    const int fd_;
    const std::string shown_;
    std::vector<std::string> names_;
    Take take_;
    const std::size_t count_;
    std::mutex mutex_;
    std::condition_variable left_;
    std::size_t next_ = 0, running_ = 0;
    bool out_of_memory_ = false;
};

// Looks at all names, by this thread and by the executor's.
void look_at_parts(int fd, std::string_view shown, std::vector<std::string> names,
                   const Executor& executor, Parts::Take take) {
    const auto parts =
        std::make_shared<Parts>(fd, std::string(shown), std::move(names), std::move(take));
    const std::size_t helpers = executor ? std::min(parts->count() - 1, kMaxHelpers) : 0;
    try {
        for (std::size_t i = 0; i < helpers; ++i) executor([parts] { parts->work(); });
    } catch (const std::bad_alloc&) {  // fewer helpers; those that have begun need `fd`
    }
    parts->work();
    parts->wait();
}

}  // namespace

Listing look_at_names_parallel(int fd, std::vector<std::string> names, std::string_view shown,
                               const Executor& executor) {
    if (!executor || names.size() <= kPartNames) return look_at_names(fd, names, shown);
    std::vector<Listing> parts(Parts::part_count(names));
    const std::size_t count = names.size();
    look_at_parts(fd, shown, std::move(names), executor,
                  [&](std::size_t part, Listing listing) { parts[part] = std::move(listing); });
    Listing all;
    all.entries.reserve(count);
    for (Listing& part : parts) {
        std::ranges::move(part.entries, std::back_inserter(all.entries));
        std::ranges::move(part.errors, std::back_inserter(all.errors));
        part = {};
    }
    return all;
}

bool LongListingReader::next(DirEntry& entry) {
    for (; part_at_ < listing_->parts.size(); ++part_at_) {
        if (!part_) part_.emplace(listing_->parts[part_at_]);
        if (part_->next(entry)) return true;
        part_.reset();
    }
    return false;
}

LongListing look_at_names_packed(int fd, std::vector<std::string> names, std::string_view shown,
                                 const Executor& executor,
                                 const std::function<bool(const DirEntry&)>& keep) {
    struct Part {
        PackedListing entries;
        std::vector<EntryError> errors;
    };
    std::vector<Part> parts(Parts::part_count(names));
    look_at_parts(fd, shown, std::move(names), executor, [&](std::size_t number, Listing listing) {
        Part& part = parts[number];
        for (const DirEntry& entry : listing.entries)
            if (!keep || keep(entry)) part.entries.add(entry);
        part.entries.shrink();
        part.errors = std::move(listing.errors);
    });
    LongListing all;
    for (Part& part : parts) {
        all.parts.push_back(std::move(part.entries));
        std::ranges::move(part.errors, std::back_inserter(all.errors));
    }
    return all;
}

}  // namespace holt::fs
