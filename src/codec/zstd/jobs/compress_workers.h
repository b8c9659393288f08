// The threads of a job stream: tasks run in any order on at most so many of them, beside the caller
// who reads and writes. Thread rule: one thread starts and waits.
#pragma once

#include <functional>
#include <memory>

namespace holt::zstd {

class Workers {
  public:
    /// 0: no threads; each task runs within start().
    explicit Workers(unsigned threads);
    /// All tasks are done by then.
    ~Workers();
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    /// `task` throws nothing.
    void start(std::function<void()> task);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// The threads to work on when `wanted` are wished for: 0 means one for each core that this process
/// may use, and more than these would only take memory.
unsigned useful_threads(unsigned wanted) noexcept;

}  // namespace holt::zstd
