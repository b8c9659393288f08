// The bridge from fs, which knows no thread library, to oneTBB. Thread rule: a value; run() from
// any thread.
#pragma once

#include <tbb/task_group.h>

#include <functional>
#include <utility>

namespace holt::store {

/// Runs tasks on oneTBB's threads; the destructor waits for all of them.
class TaskExecutor {
  public:
    TaskExecutor() = default;
    TaskExecutor(const TaskExecutor&) = delete;
    TaskExecutor& operator=(const TaskExecutor&) = delete;
    ~TaskExecutor() { group_.wait(); }

    /// As fs::Executor: valid while this object lives.
    auto spawner() {
        return [this](std::function<void()> task) { group_.run(std::move(task)); };
    }

  private:
    tbb::task_group group_;
};

}  // namespace holt::store
