// The loop that decodes and executes a block's sequences (RFC 8878 3.1.1.4), included once by each
// decode_kernels_SET.cpp; everything here is in an anonymous namespace.
//
// Decoding is one long chain of dependent steps, executing is copies behind branches that are hard
// to predict; each loop wants all registers. So they take turns: kBatch sequences are decoded into
// a buffer that stays in the first-level cache, then executed. One loop that does both was slower
// (docs/BENCHMARKS.md, zstd decode).
#pragma once

#include <cstring>

#include "codec/zstd/copy_kernel.h"
#include "codec/zstd/decode_kernels.h"
#include "codec/zstd/sequence_step_kernel.h"

namespace holt::zstd {
namespace {

constexpr std::uint32_t kBatch = 256;
constexpr std::ptrdiff_t kPrefetchAhead = 512;  // bytes

struct Cursor {
    std::uint8_t* out;
    const std::uint8_t* literals;
};

/// One sequence near the end of the output, or into the older history, or wrong. Nothing past the
/// content's end is touched.
__attribute__((noinline, cold)) ErrorCode execute_careful(const SequencesJob& job,
                                                          Sequence sequence, Cursor& cursor) {
    std::uint8_t* out = cursor.out;
    const std::uint64_t length = std::uint64_t{sequence.literals} + sequence.match;
    if (sequence.literals > job.literals + job.literals_size - cursor.literals)
        return ErrorCode::bad_sequences;
    if (static_cast<std::int64_t>(length) > job.out_limit - out) return ErrorCode::output_full;
    if (sequence.literals > 0) std::memcpy(out, cursor.literals, sequence.literals);
    cursor.literals += sequence.literals;
    out += sequence.literals;
    cursor.out = out + sequence.match;

    const std::uint64_t offset = sequence.offset;
    if (offset == 0) return ErrorCode::bad_offset;
    const std::uint64_t position = job.position + static_cast<std::uint64_t>(out - job.out);
    if (offset > job.window && position > job.window) return ErrorCode::bad_offset;
    std::uint64_t match = sequence.match;
    const auto contiguous = static_cast<std::uint64_t>(out - job.prefix);
    if (offset > contiguous) {
        const std::uint64_t back = offset - contiguous;
        if (back > job.ext_size) return ErrorCode::bad_offset;
        const std::uint64_t part = back < match ? back : match;
        std::memcpy(out, job.ext_end - back, part);
        out += part;
        match -= part;
    }
    for (; match > 0; --match, ++out) *out = *(out - offset);
    return ErrorCode::ok;
}

__attribute__((noinline)) ErrorCode execute_some(const SequencesJob& job, Cursor& cursor,
                                                 const Sequence* sequence, const Sequence* end) {
    std::uint8_t* out = cursor.out;
    const std::uint8_t* literals = cursor.literals;
    const std::uint8_t* const literals_end = job.literals + job.literals_size;
    // Wide copies are allowed while content ends at or before this.
    const std::uint8_t* fast_limit =
        job.out_end - job.out > std::ptrdiff_t{kCopyMargin} ? job.out_end - kCopyMargin : job.out;
    if (fast_limit > job.out_limit) fast_limit = job.out_limit;
    const std::uint8_t* const prefix = job.prefix;
    const std::uint64_t window = job.window;
    for (; sequence != end; ++sequence) {
        const std::uint64_t offset = sequence->offset;
        std::uint8_t* const match_out = out + sequence->literals;
        std::uint8_t* const out_next = match_out + sequence->match;
        const std::uint8_t* const literals_next = literals + sequence->literals;
        const std::uint8_t* const from = match_out - offset;
        // An offset of 0 becomes a large number here, too.
        const bool usual = out_next <= fast_limit && literals_next <= literals_end &&
                           from >= prefix && offset - 1 < window;
        if (!usual) [[unlikely]] {
            Cursor slow = {out, literals};
            const ErrorCode code = execute_careful(job, *sequence, slow);
            if (code != ErrorCode::ok) return code;
            out = slow.out;
            literals = slow.literals;
            continue;
        }
        // The output is written once and in order: its lines are asked for before they are needed.
        __builtin_prefetch(out_next + kPrefetchAhead, 1);
        copy_literals(out, literals, match_out);
        copy_match(match_out, from, offset, out_next);
        literals = literals_next;
        out = out_next;
    }
    cursor = {out, literals};
    return ErrorCode::ok;
}

ErrorCode decode_sequences(SequencesJob& job) noexcept {
    if (job.stream_begin == job.stream_end || job.stream_end[-1] == 0)
        return ErrorCode::bad_sequences;
    SequenceStream stream = {
        .last_load = job.stream_end - 8,
        .size = (job.stream_end - job.stream_begin) * 8,
        .taken = 9 - bit_width8(job.stream_end[-1]),
        .bits = 0,
        .literal_table = job.literal_lengths,
        .offset_table = job.offsets,
        .match_table = job.match_lengths,
        .literal = nullptr,
        .offset = nullptr,
        .match = nullptr,
        .repeats = RepeatOffsets(job.repeats),
    };
    stream.literal = job.literal_lengths + stream.read(job.literal_lengths_accuracy);
    stream.offset = job.offsets + stream.read(job.offsets_accuracy);
    stream.match = job.match_lengths + stream.read(job.match_lengths_accuracy);
    if (stream.taken > stream.size) return ErrorCode::bad_sequences;
    stream.load();

    Cursor cursor = {job.out, job.literals};
    alignas(64) Sequence batch[kBatch];
    // The last sequence has no transition behind it, and no bit may be left after it.
    for (std::uint32_t left = job.count; left > 0;) {
        const std::uint32_t count = left < kBatch ? left : kBatch;
        const bool is_last = count == left;
        if (!decode_some(stream, batch, batch + count - is_last)) return ErrorCode::bad_sequences;
        if (is_last) {
            batch[count - 1] = read_values(stream);
            if (stream.taken != stream.size) return ErrorCode::bad_sequences;
        }
        const ErrorCode code = execute_some(job, cursor, batch, batch + count);
        if (code != ErrorCode::ok) return code;
        left -= count;
    }
    stream.repeats.store(job.repeats);
    job.out_done = cursor.out;
    job.literals_done = cursor.literals;
    return ErrorCode::ok;
}

}  // namespace
}  // namespace holt::zstd
