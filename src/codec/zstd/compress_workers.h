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

/// Cores that this process may use; at least 1.
unsigned available_cores() noexcept;

}  // namespace holt::zstd
