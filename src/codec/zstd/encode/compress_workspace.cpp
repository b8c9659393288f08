#include "codec/zstd/encode/compress_workspace.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "codec/zstd/encode/literals_encode.h"
#include "codec/zstd/match/match_prices.h"

namespace holt::zstd {
namespace {

constexpr std::size_t kCacheLine = 64;

constexpr std::size_t round_up(std::size_t size) noexcept {
    return (size + kCacheLine - 1) & ~(kCacheLine - 1);
}

}  // namespace

std::size_t block_scratch_bound(std::size_t block_size) noexcept {
    return literals_bound(block_size) + sequences_bound(block_size / kMinMatch + 1);
}

CompressWorkspace::Tables CompressWorkspace::reserve(const MatchParams& params,
                                                     std::size_t block_size) {
    const std::size_t hash_entries = std::size_t{1} << params.hash_log;
    const std::size_t chain_entries = params.chain_log > 0 ? std::size_t{1} << params.chain_log : 0;
    const std::size_t tag_bytes = needs_tags(params) ? hash_entries : 0;
    const std::size_t optimal_bytes = is_optimal(params.strategy) ? sizeof(OptimalState) : 0;
    if (memory_ && hash_entries <= hash_entries_ && chain_entries <= chain_entries_ &&
        tag_bytes <= tag_bytes_ && optimal_bytes <= optimal_bytes_ && block_size <= block_size_) {
        return Tables::kept;
    }
    hash_entries_ = std::max(hash_entries, hash_entries_);
    chain_entries_ = std::max(chain_entries, chain_entries_);
    tag_bytes_ = std::max(tag_bytes, tag_bytes_);
    optimal_bytes_ = std::max(optimal_bytes, optimal_bytes_);
    block_size_ = std::max(block_size, block_size_);
    max_sequences_ = block_size_ / kMinMatch + 1;

    const std::size_t hash_size = round_up(4 * hash_entries_);
    const std::size_t chain_size = round_up(4 * chain_entries_);
    const std::size_t tag_size = round_up(tag_bytes_);
    const std::size_t optimal_size = round_up(optimal_bytes_);
    const std::size_t sequences_size = round_up(sizeof(Sequence) * max_sequences_);
    const std::size_t codes_size = round_up(kSequenceKinds * max_sequences_);
    const std::size_t literals_size = round_up(block_size_ + 2 * kWideCopy);
    const std::size_t scratch_size = round_up(block_scratch_bound(block_size_));
    if (!memory_.allocate(hash_size + chain_size + tag_size + optimal_size + sequences_size +
                          codes_size + literals_size + scratch_size)) {
        block_size_ = 0;
        throw std::bad_alloc();
    }
    std::uint8_t* at = memory_.data();
    const auto take = [&at](std::size_t size) { return std::exchange(at, at + size); };
    hash_ = reinterpret_cast<std::uint32_t*>(take(hash_size));
    chain_ = reinterpret_cast<std::uint32_t*>(take(chain_size));
    tags_ = take(tag_size);
    optimal_ = reinterpret_cast<OptimalState*>(take(optimal_size));
    sequences_ = reinterpret_cast<Sequence*>(take(sequences_size));
    codes_ = take(codes_size);
    literals_ = take(literals_size);
    scratch_ = take(scratch_size);
    return Tables::cleared;
}

void CompressWorkspace::clear_tables() noexcept {
    std::memset(hash_, 0, 4 * hash_entries_);
    std::memset(chain_, 0, 4 * chain_entries_);
}

void KeptTables::copy_from(const CompressWorkspace& workspace, const MatchParams& params) {
    hash_size_ = std::size_t{1} << params.hash_log;
    chain_size_ = params.chain_log > 0 ? std::size_t{1} << params.chain_log : 0;
    tag_size_ = needs_tags(params) ? hash_size_ : 0;
    hash_ = std::make_unique_for_overwrite<std::uint32_t[]>(hash_size_);
    chain_ = std::make_unique_for_overwrite<std::uint32_t[]>(chain_size_);
    tags_ = std::make_unique_for_overwrite<std::uint8_t[]>(tag_size_);
    std::copy_n(workspace.hash(), hash_size_, hash_.get());
    std::copy_n(workspace.chain(), chain_size_, chain_.get());
    std::copy_n(workspace.tags(), tag_size_, tags_.get());
}

void KeptTables::copy_to(const CompressWorkspace& workspace) const noexcept {
    std::copy_n(hash_.get(), hash_size_, workspace.hash());
    std::copy_n(chain_.get(), chain_size_, workspace.chain());
    std::copy_n(tags_.get(), tag_size_, workspace.tags());
}

}  // namespace holt::zstd
