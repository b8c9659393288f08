// How many threads an operation uses, and the arena that holds them to it.
//
// The number is what the caller asked for, else what the machine allows this process
// (fs/machine/machine.h). It is bounded so that an operation stays within its memory however many
// processors there are: a snapshot takes 63 MiB and 7 MiB more for each thread (units in flight, a
// compressor), which comes to 256 MiB with 27 of them; where a cgroup allows less than twice that,
// half of what it allows counts. Nothing of the process is changed: other users of oneTBB in it
// keep their threads. Thread rule: a value; run() from one thread at a time.
#pragma once

#include <tbb/task_arena.h>

#include <utility>

namespace holt::store {

class Workers {
  public:
    /// `asked`: 0 for as many as the machine allows.
    explicit Workers(unsigned asked);

    /// Calls `operation` in the arena: everything parallel in it keeps to these threads.
    template <class Operation>
    auto run(Operation&& operation) {
        return arena_.execute(std::forward<Operation>(operation));
    }
    unsigned threads() const noexcept { return threads_; }

  private:
    unsigned threads_;
    tbb::task_arena arena_;
};

/// The number that `asked` comes to.
unsigned worker_threads(unsigned asked);

}  // namespace holt::store
