#include "codec/blake3/batch.h"

#include <cstring>

namespace holt::blake3 {
namespace {

constexpr std::size_t kMostBlocks = kChunk / kBlock;

std::size_t chunks_of(std::size_t size) noexcept {
    return size <= kChunk ? 1 : (size + kChunk - 1) / kChunk;
}

std::size_t tail_of(std::size_t size) noexcept {
    return size - (chunks_of(size) - 1) * kChunk;
}

std::size_t blocks_of(std::size_t chunk_size) noexcept {
    return chunk_size <= kBlock ? 1 : (chunk_size + kBlock - 1) / kBlock;
}

}  // namespace

void Batch::add(ByteView input, Digest& digest) noexcept {
    const std::size_t chunks = chunks_of(input.size());
    if (chunks_ + chunks > kChunks) flush();
    inputs_[inputs_count_++] = {input.data(), input.size(), &digest,
                                static_cast<std::uint16_t>(chunks)};
    chunks_ += chunks;
}

void Batch::flush() noexcept {
    if (inputs_count_ == 0) return;
    run_chunks();
    while (run_parents()) {
    }
    inputs_count_ = 0;
    chunks_ = 0;
}

// Hashes every chunk of every input, those with the most blocks first. The root of an input of one
// chunk is the chunk.
void Batch::run_chunks() noexcept {
    std::size_t place[kMostBlocks + 1] = {};  // by block count: first the counts, then where to put
    for (std::size_t i = 0; i < inputs_count_; ++i) {
        const Input& input = inputs_[i];
        place[kMostBlocks] += input.values - 1u;
        ++place[blocks_of(tail_of(input.size))];
    }
    std::size_t before = 0;
    for (std::size_t blocks = kMostBlocks; blocks != 0; --blocks) {
        const std::size_t count = place[blocks];
        place[blocks] = before;
        before += count;
    }

    std::uint8_t* value = values_;
    for (std::size_t i = 0; i < inputs_count_; ++i) {
        const Input& input = inputs_[i];
        const std::uint8_t* data = input.data;
        const std::size_t whole = input.values - 1u;
        for (std::size_t chunk = 0; chunk < whole; ++chunk) {
            jobs_[place[kMostBlocks]++] = chunk_job(data, kChunk, chunk, 0, value);
            data += kChunk;
            value += kValue;
        }
        const std::size_t tail = tail_of(input.size);
        const bool alone = whole == 0;
        jobs_[place[blocks_of(tail)]++] =
            chunk_job(data, tail, whole, alone ? kRoot : std::uint8_t{0},
                      alone ? input.digest->bytes.data() : value);
        value += kValue;
    }
    run_(jobs_, chunks_);
}

// Joins neighbours into parents, one level up in every input that is not done; a last value
// without a neighbour moves up as it is (which makes the left-complete tree of section 2.1). False
// when there was nothing left to do.
bool Batch::run_parents() noexcept {
    std::size_t jobs = 0;
    std::uint8_t* values = values_;
    for (std::size_t i = 0; i < inputs_count_; ++i) {
        const Input& input = inputs_[i];
        if (input.values == 2) {
            jobs_[jobs++] = parent_job(values, kRoot, input.digest->bytes.data());
        } else {
            for (std::size_t pair = 0; pair < input.values / 2u; ++pair) {
                jobs_[jobs++] = parent_job(values + 2 * pair * kValue, 0, values + pair * kValue);
            }
        }
        values += chunks_of(input.size) * kValue;
    }
    if (jobs == 0) return false;
    run_(jobs_, jobs);

    values = values_;
    for (std::size_t i = 0; i < inputs_count_; ++i) {
        Input& input = inputs_[i];
        const std::size_t pairs = input.values / 2u;
        const std::size_t odd = input.values % 2u;
        if (odd != 0 && pairs != 0) {
            std::memcpy(values + pairs * kValue, values + 2 * pairs * kValue, kValue);
        }
        input.values = static_cast<std::uint16_t>(pairs + odd);
        values += chunks_of(input.size) * kValue;
    }
    return true;
}

}  // namespace holt::blake3
