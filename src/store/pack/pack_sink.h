// Appends encoded blocks to packs and seals each pack that is large enough. What was sealed waits
// for the commit; until then it is garbage that nobody refers to. Thread rule: one thread at a
// time.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "store/operation/log.h"
#include "store/pack/block_encoder.h"
#include "store/pack/pack_writer.h"

namespace holt::store {

class PackSink {
  public:
    /// `fields`: of each pack's footer (pack_fields.h).
    PackSink(const StoreFolder& folder, Log log, Bytes fields = {})
        : folder_(folder), log_(std::move(log)), fields_(std::move(fields)) {}
    Status add(EncodedBlock block);
    /// Seals the pack that is open, if any.
    Status finish();

    std::vector<NewPack>& packs() noexcept { return packs_; }
    std::uint64_t stored_bytes() const noexcept { return stored_bytes_; }  ///< of all sealed packs

  private:
    const StoreFolder& folder_;
    Log log_;
    const Bytes fields_;
    std::optional<PackWriter> open_;
    std::vector<NewPack> packs_;
    std::uint64_t stored_bytes_ = 0;
};

}  // namespace holt::store
