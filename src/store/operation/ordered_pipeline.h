// Items that go through stages one after the other: some stages on all cores, some in order. What
// is decided in order does not depend on the number of threads.
//
//     OrderedPipeline<Job>("export", cancel, first, [&] { return plan.next(); })
//         .parallel([&](Job& job) { return encode(job); })
//         .in_order([&](Job& job) { return output.write(job.bytes); })
//         .run(2 * pipeline_threads());
//
// The first error, or a wish to stop, ends it: no item is begun any more, and those in flight pass
// their stages without work, but for those that always run. Thread rule: one run, one thread; a
// stage in order is on one thread at a time.
#pragma once

#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>

#include <memory>
#include <utility>

#include "base/cancel.h"
#include "store/operation/reporter.h"

namespace holt::store {

template <class Item>
class OrderedPipeline {
    using Pointer = std::shared_ptr<Item>;
    using Mode = tbb::filter_mode;

  public:
    /// `next()`, in order, is a Result of a pointer to an item, null at the end. `operation` is for
    /// the error of a cancelled one.
    template <class Next>
    OrderedPipeline(const char* operation, const Cancel* cancel, FirstError& first, Next next)
        : first_(first),
          stages_(tbb::make_filter<void, Pointer>(Mode::serial_in_order,
                                                  [=, &first](tbb::flow_control& flow) -> Pointer {
                                                      if (cancel != nullptr && cancel->requested())
                                                          first.set(cancelled(operation).error());
                                                      if (!first.stopped()) {
                                                          auto item = next();
                                                          if (item && *item)
                                                              return *std::move(item);
                                                          first.keep(std::move(item));
                                                      }
                                                      flow.stop();
                                                      return nullptr;
                                                  })) {}

    /// `work(Item&)` is a Status.
    template <class Work>
    OrderedPipeline& parallel(Work work) {
        return add(Mode::parallel, unless_stopped(std::move(work)));
    }
    template <class Work>
    OrderedPipeline& in_order(Work work) {
        return add(Mode::serial_in_order, unless_stopped(std::move(work)));
    }
    /// `work(Item&)` returns nothing, and is called for each item that was begun, also after an
    /// error.
    template <class Work>
    OrderedPipeline& always(Work work) {
        return add(Mode::parallel, std::move(work));
    }

    /// At most so many items are in flight, which bounds the memory.
    Status run(std::size_t in_flight) {
        tbb::parallel_pipeline(
            in_flight, stages_ & tbb::make_filter<Pointer, void>(Mode::parallel, [](Pointer) {}));
        return first_.take();
    }

  private:
    template <class Work>
    auto unless_stopped(Work work) {
        return [this_first = &first_, work = std::move(work)](Item& item) {
            if (!this_first->stopped()) this_first->keep(work(item));
        };
    }
    template <class Work>
    OrderedPipeline& add(Mode mode, Work work) {
        stages_ = stages_ &
                  tbb::make_filter<Pointer, Pointer>(mode, [work = std::move(work)](Pointer item) {
                      work(*item);
                      return item;
                  });
        return *this;
    }

    FirstError& first_;
    tbb::filter<void, Pointer> stages_;
};

/// Of the arena that this thread is in.
inline std::size_t pipeline_threads() {
    return static_cast<std::size_t>(tbb::this_task_arena::max_concurrency());
}

}  // namespace holt::store
