// Content on its way into packs, over all cores: the one place of a snapshot, and of an import,
// that knows threads.
//
//   next (in order) -> prepare (parallel: read, hash) -> process (in order: what is new, in which
//   block) -> compress (parallel) -> append to packs (in order)
// At most 2 units a thread, and 2 more, are in flight: that bounds the memory. What is decided in
// order does not depend on the number of threads.
#pragma once

#include <tbb/enumerable_thread_specific.h>

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "store/operation/ordered_pipeline.h"
#include "store/operation/profile.h"
#include "store/pack/pack_sink.h"

namespace holt::store {

struct PipelineOptions {
    const char* operation = "";  ///< for the error of a cancelled one
    int level = 0;
    const Cancel* cancel = nullptr;
    Profile* profile = nullptr;
};

/// `next()` is a Result<std::unique_ptr<Unit>>, null at the end; `prepare(Unit&&)` cannot fail and
/// gives what the unit has become (a type of its own where later stages may not touch all of it);
/// `process(Prepared, std::vector<RawBlock>&)` is a Status and appends the blocks that are full.
template <class Unit, class Next, class Prepare, class Process>
Status run_content_pipeline(const PipelineOptions& options, PackSink& sink, Next&& next,
                            Prepare&& prepare, Process&& process) {
    using Prepared = std::invoke_result_t<Prepare&, Unit&&>;
    /// A unit, and what becomes of it.
    struct Item {
        std::unique_ptr<Unit> unit;
        std::optional<Prepared> prepared{};
        std::vector<RawBlock> full{};
        std::vector<EncodedBlock> encoded{};
    };
    FirstError first;
    tbb::enumerable_thread_specific<BlockEncoder> encoders(
        [&] { return BlockEncoder(options.level); });

    const auto take_next = [&]() -> Result<std::shared_ptr<Item>> {
        const Lap lap(options.profile, Stage::scan);
        HOLT_TRY_LET(unit, next());
        return unit ? std::make_shared<Item>(std::move(unit)) : nullptr;
    };
    const auto prepare_unit = [&](Item& item) -> Status {
        item.prepared.emplace(prepare(std::move(*item.unit)));
        item.unit.reset();
        return {};
    };
    const auto process_unit = [&](Item& item) -> Status {
        const Lap lap(options.profile, Stage::look_up);
        Status processed = process(*std::move(item.prepared), item.full);
        item.prepared.reset();
        return processed;
    };
    const auto compress = [&](Item& item) -> Status {
        const Lap lap(options.profile, Stage::compress);
        for (RawBlock& block : item.full) {
            HOLT_TRY_LET(encoded, encoders.local().encode(std::move(block)));
            item.encoded.push_back(std::move(encoded));
        }
        item.full.clear();
        return {};
    };
    const auto append = [&](Item& item) -> Status {
        const Lap lap(options.profile, Stage::append);
        for (EncodedBlock& block : item.encoded) HOLT_TRY(sink.add(std::move(block)));
        return {};
    };
    return OrderedPipeline<Item>(options.operation, options.cancel, first, take_next)
        .parallel(prepare_unit)
        .in_order(process_unit)
        .parallel(compress)
        .in_order(append)
        .run(2 * pipeline_threads() + 2);
}

}  // namespace holt::store
