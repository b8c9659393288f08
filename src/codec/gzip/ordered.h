// The one place where the gzip codec uses threads: jobs are taken in order, worked on in parallel,
// and handed on in order.
//
//     next(Job&) -> bool        one at a time, in order; false: there are no more
//     work(Worker&, Job&)       at once on several threads, each with a Worker of its own
//     emit(Job&)                one at a time, in the order of next
//
// At most two jobs a thread and one more are in flight, which bounds the memory; jobs and workers
// are reused. With one thread, or when there is one job only, everything happens on the caller's
// thread and no pool is touched. One thread needs the memory of one job only. The functions may
// throw bad_alloc, which ends the run. Thread rule: one call; next and emit are never called at
// once with themselves.
#pragma once

#include <tbb/enumerable_thread_specific.h>
#include <tbb/info.h>
#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <vector>

namespace holt::gzip {

/// As many threads as work at a time: more than processors would only take memory. 0: all.
inline unsigned useful_threads(unsigned threads) {
    const auto processors = static_cast<unsigned>(tbb::info::default_concurrency());
    return threads == 0 ? processors : std::min(threads, processors);
}

template <class Job, class MakeWorker, class Next, class Work, class Emit>
void run_ordered(unsigned threads, MakeWorker make_worker, Next next, Work work, Emit emit) {
    threads = useful_threads(threads);
    const std::size_t slots = threads < 2 ? 1 : std::size_t{2} * threads + 1;
    std::vector<Job> jobs(slots);
    if (!next(jobs[0])) return;
    if (threads < 2) {
        auto worker = make_worker();
        do {
            work(worker, jobs[0]);
            emit(jobs[0]);
        } while (next(jobs[0]));
        return;
    }
    // Two jobs are fetched ahead, to see whether there is work for a second thread at all.
    const bool several = next(jobs[1]);
    if (!several) {
        auto worker = make_worker();
        work(worker, jobs[0]);
        emit(jobs[0]);
        return;
    }
    tbb::enumerable_thread_specific<decltype(make_worker())> workers(make_worker);
    tbb::task_arena arena(static_cast<int>(threads));
    arena.execute([&] {
        std::size_t taken = 0;
        const auto take = [&](tbb::flow_control& control) -> Job* {
            // A slot is free again when its turn comes: emitting is in order, and no more jobs
            // than there are slots are in flight.
            Job& job = jobs[taken % slots];
            if (taken >= 2 && !next(job)) {
                control.stop();
                return nullptr;
            }
            ++taken;
            return &job;
        };
        const auto do_work = [&](Job* job) {
            work(workers.local(), *job);
            return job;
        };
        const auto hand_on = [&](Job* job) { emit(*job); };
        tbb::parallel_pipeline(
            slots, tbb::make_filter<void, Job*>(tbb::filter_mode::serial_in_order, take) &
                       tbb::make_filter<Job*, Job*>(tbb::filter_mode::parallel, do_work) &
                       tbb::make_filter<Job*, void>(tbb::filter_mode::serial_in_order, hand_on));
    });
}

}  // namespace holt::gzip
