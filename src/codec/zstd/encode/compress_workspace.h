// All memory of one encoder, as one allocation that only ever grows.
//
// Index tables come first and always at the same offsets for one layout, so that what lies in them
// is always an index or zero, whatever the size of the input was. They are zero after growing and
// are otherwise never cleared: see match_state.h.
// Thread rule: one object, one thread at a time.
#pragma once

#include <cstdint>
#include <memory>

#include "base/large_memory.h"
#include "codec/zstd/encode/sequences_encode.h"
#include "codec/zstd/format/params.h"
#include "codec/zstd/match/match_state.h"

namespace holt::zstd {

struct OptimalState;

class CompressWorkspace {
  public:
    enum class Tables : std::uint8_t { kept, cleared };

    /// Makes room for these parameters and blocks of `block_size` bytes. Tells whether the tables
    /// were cleared on the way. Throws std::bad_alloc.
    Tables reserve(const MatchParams& params, std::size_t block_size);
    void clear_tables() noexcept;

    std::uint32_t* hash() const noexcept { return hash_; }
    std::uint32_t* chain() const noexcept { return chain_; }
    std::uint8_t* tags() const noexcept { return tags_; }
    std::size_t hash_entries() const noexcept { return hash_entries_; }
    std::size_t chain_entries() const noexcept { return chain_entries_; }
    OptimalState* optimal() const noexcept { return optimal_; }
    Sequence* sequences() const noexcept { return sequences_; }
    std::uint8_t* literals() const noexcept { return literals_; }
    std::uint8_t* codes(unsigned kind) const noexcept { return codes_ + kind * max_sequences_; }
    /// Room for one encoded block of any content, in bytes.
    std::uint8_t* scratch() const noexcept { return scratch_; }

  private:
    LargeMemory memory_;
    std::size_t block_size_ = 0;
    std::size_t hash_entries_ = 0;
    std::size_t chain_entries_ = 0;
    std::size_t tag_bytes_ = 0;
    std::size_t optimal_bytes_ = 0;
    std::size_t max_sequences_ = 0;
    std::uint32_t* hash_ = nullptr;
    std::uint32_t* chain_ = nullptr;
    std::uint8_t* tags_ = nullptr;
    OptimalState* optimal_ = nullptr;
    Sequence* sequences_ = nullptr;
    std::uint8_t* codes_ = nullptr;
    std::uint8_t* literals_ = nullptr;
    std::uint8_t* scratch_ = nullptr;
};

/// A copy of the tables as they were after a dictionary was indexed.
class KeptTables {
  public:
    /// Throws std::bad_alloc.
    void copy_from(const CompressWorkspace& workspace, const MatchParams& params);
    void copy_to(const CompressWorkspace& workspace) const noexcept;
    std::size_t size_in_bytes() const noexcept {
        return 4 * (hash_size_ + chain_size_) + tag_size_;
    }
    TablesView view() const noexcept { return {hash_.get(), chain_.get(), tags_.get()}; }

  private:
    std::unique_ptr<std::uint32_t[]> hash_{};
    std::unique_ptr<std::uint32_t[]> chain_{};
    std::unique_ptr<std::uint8_t[]> tags_{};
    std::size_t hash_size_ = 0;
    std::size_t chain_size_ = 0;
    std::size_t tag_size_ = 0;
};

/// Bytes that one encoded block may take while it is written, before it is found too large.
std::size_t block_scratch_bound(std::size_t block_size) noexcept;

}  // namespace holt::zstd
