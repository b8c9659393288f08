// Incremental hashing: whole chunks are hashed as soon as they are there, many at a time, and
// joined into the largest subtrees that their place allows. The two newest values on the stack stay
// apart until more input follows, because the parent of the last two is the root.
#include <algorithm>
#include <bit>
#include <cstring>

#include "codec/blake3/blake3.h"
#include "codec/blake3/kernel.h"

namespace holt::blake3 {
namespace {

constexpr std::size_t kChunksAtOnce = 512;

// When input is a mapped file, this takes the page faults of a batch in a row: they cost half of
// what they cost spread through the hashing, where each finds the kernel's code and data out of the
// caches (256 MiB in tmpfs: 43 ms against 61). A fault maps 64 KiB at once on Linux; reading more
// than a byte of each 64 KiB is slower (16 KiB: 49 ms, 4 KiB: 62).
void touch_pages(const std::uint8_t* data, std::size_t size) noexcept {
    constexpr std::size_t kMappedAtOnce = 65536;
    for (std::size_t at = 0; at < size; at += kMappedAtOnce) {
        static_cast<void>(*static_cast<const volatile std::uint8_t*>(data + at));
    }
}

// Joins `count` values, a power of two, level by level until two are left.
void join_to_two(RunJobs run, std::uint8_t* values, std::size_t count) noexcept {
    Job jobs[kChunksAtOnce / 2];
    for (std::size_t pairs = count / 2; pairs >= 2; pairs /= 2) {
        for (std::size_t i = 0; i < pairs; ++i) {
            jobs[i] = parent_job(values + 2 * i * kValue, 0, values + i * kValue);
        }
        run(jobs, pairs);
    }
}

// Joins the values of the chunks from `first` on: from each place, the largest complete subtree
// that begins there, as its two halves. `push(value, chunks)` gets each with its size.
template <class Push>
void join_subtrees(RunJobs run, std::uint8_t* values, std::size_t count, std::uint64_t first,
                   Push&& push) noexcept {
    while (count != 0) {
        std::size_t size = std::bit_floor(count);
        while ((first & (size - 1)) != 0) size /= 2;
        if (size == 1) {
            push(values, std::uint64_t{1});
        } else {
            join_to_two(run, values, size);
            push(values, std::uint64_t{size / 2});
            push(values + kValue, std::uint64_t{size / 2});
        }
        values += size * kValue;
        count -= size;
        first += size;
    }
}

}  // namespace

Part Part::of(ByteView piece, std::uint64_t offset) {
    Part part;
    const std::size_t behind = static_cast<std::size_t>(offset % kChunk);
    part.head_ = std::min(piece.size(), behind == 0 ? 0 : kChunk - behind);
    std::uint64_t first = (offset + part.head_) / kChunk;
    piece = piece.subspan(part.head_);
    const RunJobs run = kernel();
    while (piece.size() >= kChunk) {
        Job jobs[kChunksAtOnce];
        std::uint8_t values[kChunksAtOnce * kValue];
        // Up to where a subtree of the largest size begins.
        const std::size_t room = kChunksAtOnce - static_cast<std::size_t>(first % kChunksAtOnce);
        const std::size_t count = std::min(piece.size() / kChunk, room);
        for (std::size_t i = 0; i < count; ++i)
            jobs[i] =
                chunk_job(piece.data() + i * kChunk, kChunk, first + i, 0, values + i * kValue);
        run(jobs, count);
        join_subtrees(run, values, count, first, [&](const std::uint8_t* value, auto chunks) {
            std::memcpy(part.subtrees_.emplace_back(Subtree{{}, chunks}).value.data(), value,
                        kValue);
        });
        piece = piece.subspan(count * kChunk);
        first += count;
    }
    return part;
}

Hasher::Hasher() noexcept : run_(kernel()) {}

void Hasher::reset() noexcept {
    run_ = kernel();
    chunks_done_ = 0;
    depth_ = 0;
    buffered_ = 0;
}

void Hasher::update(ByteView piece) noexcept {
    // The chunk that may turn out to be the last waits in the buffer: alone it would be the root.
    while (buffered_ + piece.size() > kChunk) {
        Job jobs[kChunksAtOnce];
        std::uint8_t values[kChunksAtOnce * kValue];
        std::size_t count = 0;
        const auto add = [&](const std::uint8_t* chunk) {
            jobs[count] =
                chunk_job(chunk, kChunk, chunks_done_ + count, 0, values + count * kValue);
            ++count;
        };
        if (buffered_ != 0) {
            const std::size_t missing = kChunk - buffered_;
            std::memcpy(buffer_ + buffered_, piece.data(), missing);
            piece = piece.subspan(missing);
            buffered_ = 0;
            add(buffer_);
        }
        touch_pages(piece.data(), std::min(piece.size(), kChunksAtOnce * kChunk));
        for (; count < kChunksAtOnce && piece.size() >= kChunk; piece = piece.subspan(kChunk)) {
            add(piece.data());
        }
        run_(jobs, count);
        join_subtrees(run_, values, count, chunks_done_,
                      [&](const std::uint8_t* value, std::uint64_t chunks) {
                          push(value, chunks_done_);
                          chunks_done_ += chunks;
                      });
    }
    if (piece.empty()) return;
    merge(chunks_done_);
    std::memcpy(buffer_ + buffered_, piece.data(), piece.size());
    buffered_ += piece.size();
}

void Hasher::append(const Part& part, ByteView piece) noexcept {
    update(piece.first(part.head_));
    piece = piece.subspan(part.head_);
    if (piece.empty()) return;
    push_buffered_chunk();
    for (const Part::Subtree& subtree : part.subtrees_) {
        push(subtree.value.data(), chunks_done_);
        chunks_done_ += subtree.chunks;
        piece = piece.subspan(static_cast<std::size_t>(subtree.chunks) * kChunk);
    }
    update(piece);
}

void Hasher::push(const std::uint8_t* value, std::uint64_t chunks_before) noexcept {
    merge(chunks_before);
    std::memcpy(stack_[depth_++], value, kValue);
}

// Makes the parents that are due when `chunks` chunks are on the stack and more follow: each one
// bit of `chunks` is one complete subtree.
void Hasher::merge(std::uint64_t chunks) noexcept {
    const auto subtrees = static_cast<std::size_t>(std::popcount(chunks));
    for (; depth_ > subtrees; --depth_) {
        const Job job = parent_job(stack_[depth_ - 2], 0, stack_[depth_ - 2]);
        run_(&job, 1);
    }
}

Digest Hasher::digest() const noexcept {
    Digest digest;
    std::uint8_t* const value = digest.bytes.data();
    std::size_t left = depth_;
    if (buffered_ != 0 || depth_ == 0) {
        const Job job = chunk_job(buffer_, buffered_, chunks_done_,
                                  depth_ == 0 ? kRoot : std::uint8_t{0}, value);
        run_(&job, 1);
    } else {
        std::memcpy(value, stack_[--left], kValue);
    }
    for (; left != 0; --left) {
        std::uint8_t children[2 * kValue];
        std::memcpy(children, stack_[left - 1], kValue);
        std::memcpy(children + kValue, value, kValue);
        const Job job = parent_job(children, left == 1 ? kRoot : std::uint8_t{0}, value);
        run_(&job, 1);
    }
    return digest;
}

}  // namespace holt::blake3
