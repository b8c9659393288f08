// The one place where the gzip codec uses threads: jobs are taken in order, worked on in parallel,
// and handed on in order.
//
//     next(Job&) -> bool        one at a time, in order; false: there are no more
//     work(Worker&, Job&)       at once on several threads, each with a Worker of its own
//     emit(Job&)                one at a time, in the order of next
//
// At most two jobs a thread and one more are in flight, which bounds the memory; jobs and workers
// are reused. With one thread, or when there is one job only, everything happens on the caller's
// thread and no pool is touched. LookAhead::always has two jobs fetched (or the end seen) before
// the first is worked on, however many threads there are; without it, one thread needs the memory
// of one job only. The functions may throw bad_alloc, which ends the run.
// Thread rule: one call; next and emit are never called at once with themselves.
#pragma once

#include <tbb/enumerable_thread_specific.h>
#include <tbb/info.h>
#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace holt::gzip {

enum class LookAhead : std::uint8_t { as_needed, always };

template <class Job, class MakeWorker, class Next, class Work, class Emit>
void run_ordered(unsigned threads, LookAhead look_ahead, MakeWorker make_worker, Next next,
                 Work work, Emit emit) {
    // More threads than processors would only take memory.
    const auto processors = static_cast<unsigned>(tbb::info::default_concurrency());
    threads = threads == 0 ? processors : std::min(threads, processors);
    const std::size_t slots = threads < 2 ? 2 : std::size_t{2} * threads + 1;
    std::vector<Job> jobs(slots);
    if (!next(jobs[0])) return;
    if (threads < 2 && look_ahead == LookAhead::as_needed) {
        auto worker = make_worker();
        do {
            work(worker, jobs[0]);
            emit(jobs[0]);
        } while (next(jobs[0]));
        return;
    }
    // Two jobs are fetched ahead, to see whether there is work for a second thread at all.
    const bool several = next(jobs[1]);
    if (threads < 2 || !several) {
        auto worker = make_worker();
        work(worker, jobs[0]);
        emit(jobs[0]);
        if (!several) return;
        do {
            work(worker, jobs[1]);
            emit(jobs[1]);
        } while (next(jobs[1]));
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
