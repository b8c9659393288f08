// Content on its way into packs, over all cores: the one place of a snapshot, and of an import,
// that knows threads.
//
//   next (in order) -> prepare (parallel: read, hash) -> process (in order: what is new, in which
//   block) -> compress (parallel) -> append to packs (in order)
// At most 2 units a thread, and 2 more, are in flight: that bounds the memory. What is decided in
// order does not depend on the number of threads.
#pragma once

#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>

#include <memory>
#include <utility>
#include <vector>

#include "base/cancel.h"
#include "store/operation/profile.h"
#include "store/operation/reporter.h"
#include "store/pack/pack_sink.h"

namespace holt::store {

struct PipelineOptions {
    const char* operation = "";  ///< for the error of a cancelled one
    int level = 0;
    const Cancel* cancel = nullptr;
    Profile* profile = nullptr;
};

/// `next()` is a Result<std::unique_ptr<Unit>>, null at the end; `prepare(Unit&)` cannot fail;
/// `process(Unit&, std::vector<RawBlock>&)` is a Status and appends the blocks that are full.
template <class Unit, class Next, class Prepare, class Process>
Status run_content_pipeline(const PipelineOptions& options, PackSink& sink, Next&& next,
                            Prepare&& prepare, Process&& process) {
    using UnitPtr = std::shared_ptr<Unit>;
    using RawBlocks = std::shared_ptr<std::vector<RawBlock>>;
    using EncodedBlocks = std::shared_ptr<std::vector<EncodedBlock>>;
    FirstError first;
    tbb::enumerable_thread_specific<BlockEncoder> encoders(
        [&] { return BlockEncoder(options.level); });

    const auto take_next = [&](tbb::flow_control& flow) -> UnitPtr {
        if (options.cancel != nullptr && options.cancel->requested()) {
            first.set(cancelled(options.operation).error());
        }
        if (!first.stopped()) {
            const Lap lap(options.profile, Stage::scan);
            auto unit = next();
            if (unit && *unit) return *std::move(unit);
            first.keep(std::move(unit));
        }
        flow.stop();
        return nullptr;
    };
    const auto prepare_unit = [&](UnitPtr unit) {
        if (!first.stopped()) prepare(*unit);
        return unit;
    };
    const auto process_unit = [&](UnitPtr unit) {
        const Lap lap(options.profile, Stage::look_up);
        auto full = std::make_shared<std::vector<RawBlock>>();
        if (!first.stopped()) first.keep(process(*unit, *full));
        return full;
    };
    const auto compress = [&](RawBlocks blocks) {
        const Lap lap(options.profile, Stage::compress);
        auto encoded = std::make_shared<std::vector<EncodedBlock>>();
        for (RawBlock& block : *blocks) {
            if (first.stopped()) break;
            auto result = encoders.local().encode(std::move(block));
            if (result) {
                encoded->push_back(*std::move(result));
            } else {
                first.set(std::move(result).error());
            }
        }
        return encoded;
    };
    const auto append = [&](EncodedBlocks blocks) {
        const Lap lap(options.profile, Stage::append);
        for (EncodedBlock& block : *blocks) {
            if (first.stopped()) return;
            first.keep(sink.add(std::move(block)));
        }
    };

    const auto threads = static_cast<std::size_t>(tbb::this_task_arena::max_concurrency());
    using tbb::filter_mode;
    tbb::parallel_pipeline(
        2 * threads + 2,
        tbb::make_filter<void, UnitPtr>(filter_mode::serial_in_order, take_next) &
            tbb::make_filter<UnitPtr, UnitPtr>(filter_mode::parallel, prepare_unit) &
            tbb::make_filter<UnitPtr, RawBlocks>(filter_mode::serial_in_order, process_unit) &
            tbb::make_filter<RawBlocks, EncodedBlocks>(filter_mode::parallel, compress) &
            tbb::make_filter<EncodedBlocks, void>(filter_mode::serial_in_order, append));
    return first.take();
}

}  // namespace holt::store
