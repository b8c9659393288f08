// The loop that decodes and executes a block's sequences (RFC 8878 3.1.1.4), included once by each
// decode_kernels_SET.cpp; everything here is in an anonymous namespace.
//
// Decoding is one long chain of dependent steps, executing is copies behind branches that are hard
// to predict. Each round decodes a sequence into a short queue and executes the one that entered it
// kAhead rounds before: the copies fill the time in which the chain waits, and a branch that was
// guessed wrong is found out at once, as its sequence was decoded long ago. What is unusual (near
// an end, into the older history, wrong) leaves the loop and is done carefully, one by one.
#pragma once

#include <cstring>

#include "codec/zstd/decode/copy_kernel.h"
#include "codec/zstd/decode/decode_kernels.h"
#include "codec/zstd/decode/sequence_step_kernel.h"

namespace holt::zstd {
namespace {

constexpr std::ptrdiff_t kPrefetchAhead = 512;  // bytes
constexpr std::ptrdiff_t kAhead = 8;            // sequences
constexpr std::ptrdiff_t kQueueSize = 256;

struct Cursor {
    std::uint8_t* out;
    const std::uint8_t* literals;
};

/// What is usual.
struct Bounds {
    explicit Bounds(const SequencesJob& job)
        : out_limit(job.out_end - job.out > std::ptrdiff_t{kCopyMargin} ? job.out_end - kCopyMargin
                                                                        : job.out),
          literals_end(job.literals + job.literals_size),
          prefix(job.prefix),
          window(job.window),
          stream_begin(job.stream_begin) {
        if (out_limit > job.out_limit) out_limit = job.out_limit;
    }
    const std::uint8_t* out_limit;  ///< wide copies are allowed while content ends at or before it
    const std::uint8_t* literals_end;
    const std::uint8_t* prefix;
    std::uint64_t window;
    const std::uint8_t* stream_begin;
};

/// Executes a sequence. False, and nothing is done, when it is unusual. `is_long` must be true when
/// a length is kWide or more.
inline __attribute__((always_inline)) bool execute(std::uint64_t literals, std::uint64_t match,
                                                   bool is_long, std::uint64_t offset,
                                                   Cursor& cursor, const Bounds& bounds) {
    std::uint8_t* const match_out = cursor.out + literals;
    std::uint8_t* const out_next = match_out + match;
    const std::uint8_t* const literals_next = cursor.literals + literals;
    const std::uint8_t* const from = match_out - offset;
    // One branch each: the compiler would make one of them all, with more instructions.
    if (out_next > bounds.out_limit) [[unlikely]]
        return false;
    keep_apart(literals);
    if (literals_next > bounds.literals_end) [[unlikely]]
        return false;
    keep_apart(literals);
    if (from < bounds.prefix) [[unlikely]]
        return false;
    keep_apart(literals);
    if (offset - 1 >= bounds.window) [[unlikely]]  // an offset of 0 becomes a large number
        return false;
    // The output is written once and in order: its lines are asked for before they are needed.
    __builtin_prefetch(out_next + kPrefetchAhead, 1);
    copy_wide(cursor.out, cursor.literals);
    if (!is_long) [[likely]] {
        keep_apart(literals);
        if (offset >= kWide) [[likely]] {
            copy_wide(match_out, from);
            cursor = {out_next, literals_next};
            return true;
        }
    }
    copy_rest(cursor.out, cursor.literals, match_out);
    copy_match(match_out, from, offset, out_next);
    cursor = {out_next, literals_next};
    return true;
}

/// One sequence, whatever it is. Nothing past the content's end is touched.
__attribute__((noinline, cold)) ErrorCode execute_careful(const SequencesJob& job,
                                                          const Sequence& sequence,
                                                          Cursor& cursor) {
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
    // What is copied may begin before it is complete: then there is twice as much each time.
    std::uint64_t distance = offset;
    for (; match > distance; distance *= 2) {
        std::memcpy(out, out - distance, distance);
        out += distance;
        match -= distance;
    }
    if (match > 0) std::memcpy(out, out - distance, match);
    return ErrorCode::ok;
}

/// The state of a block's decoding.
struct SequencesRun {
    explicit SequencesRun(const SequencesJob& job)
        : repeats(job.repeats), cursor{job.out, job.literals}, bounds(job) {}

    SequenceStream stream;
    RepeatOffsets repeats;
    Cursor cursor;
    Bounds bounds;
    std::uint32_t left;  ///< sequences not decoded yet, but for the last, which is different
    Sequence unusual;
    /// Decoded sequences that wait for their execution: from `first` to `last`, kAhead at most.
    const std::uint64_t* first = queue;
    std::uint64_t* last = queue;
    std::uint64_t queue[kQueueSize];

    bool run();

  private:
    void move_to_front() {
        std::ptrdiff_t waiting = 0;
        for (; first != last; ++first, ++waiting) queue[waiting] = *first;
        first = queue;
        last = queue + waiting;
    }
};

/// Decodes and executes sequences, each with the transition behind it. True: what was decoded is
/// executed, and the next one, if there is one left, is to be decoded slowly. False: `unusual` is
/// to be executed carefully.
__attribute__((noinline)) bool SequencesRun::run() {
    SequenceStream local_stream = stream;
    RepeatOffsets local_repeats = repeats;
    Cursor local_cursor = cursor;
    const Bounds local_bounds = bounds;
    const auto execute_next = [&](std::uint64_t values) __attribute__((always_inline)) {
        const std::uint64_t literals = values & 0xFFFF;
        return execute(literals, values >> 16 & 0xFFFF, (values & 0xFFE0FFE0) != 0,
                       local_repeats.resolve(values >> 32, literals), local_cursor, local_bounds);
    };
    bool more = true;
    bool usual = true;
    do {
        move_to_front();
        std::uint64_t* to = last;
        std::uint64_t* const end = left < queue + kQueueSize - to ? to + left : queue + kQueueSize;
        for (; to != end && to - first < kAhead; ++to)
            if (!local_stream.step(local_bounds.stream_begin, to)) {
                more = false;
                break;
            }
        if (more && to != end) {
            do {
                if (!local_stream.step(local_bounds.stream_begin, to)) [[unlikely]] {
                    more = false;
                    break;
                }
                ++to;
                usual = execute_next(to[-kAhead - 1]);
            } while (usual && to != end);
            first = to - kAhead;
        }
        left -= static_cast<std::uint32_t>(to - last);
        last = to;
    } while (more && usual && left > 0);
    while (usual && first != last) usual = execute_next(*first++);
    if (!usual)
        unusual = {static_cast<std::uint32_t>(first[-1] & 0xFFFF),
                   static_cast<std::uint32_t>(first[-1] >> 16 & 0xFFFF), local_repeats.latest()};
    stream = local_stream;
    repeats = local_repeats;
    cursor = local_cursor;
    return usual;
}

ErrorCode decode_sequences(SequencesJob& job) noexcept {
    SequencesRun run(job);
    if (!run.stream.open(job)) return ErrorCode::bad_sequences;
    run.left = job.count - 1;
    for (bool at_end = false; !at_end;) {
        Sequence sequence;
        if (!run.run()) {
            sequence = run.unusual;
        } else if (run.left > 0) {
            --run.left;
            if (!run.stream.step_slowly(sequence, run.repeats)) return ErrorCode::bad_sequences;
        } else {
            // The last sequence has no transition behind it, and no bit may be left after it.
            sequence = run.stream.read_sequence(run.repeats);
            if (run.stream.left() != 0) return ErrorCode::bad_sequences;
            at_end = true;
        }
        if (execute(sequence.literals, sequence.match, true, sequence.offset, run.cursor,
                    run.bounds))
            continue;
        const ErrorCode code = execute_careful(job, sequence, run.cursor);
        if (code != ErrorCode::ok) return code;
    }
    run.repeats.store(job.repeats);
    job.out_done = run.cursor.out;
    job.literals_done = run.cursor.literals;
    return ErrorCode::ok;
}

}  // namespace
}  // namespace holt::zstd
