// The loop that decodes and executes sequences (RFC 8878 3.1.1.3.2.1.2, 3.1.1.4), included once by
// each decode_kernels_SET.cpp; everything here is in an anonymous namespace.
//
// Decoding a sequence is one chain of dependent steps: three table look-ups, the sum of their bit
// counts, a shift, the next three states. Executing one is copies behind branches that are hard to
// predict. So decoding runs kAhead sequences in front of executing: a mispredicted copy length is
// known early, and the wait for it overlaps with the chain.
//
// State of the decoder: `left` bits of the stream are unread; `bits` holds the next 57 or more of
// them, the next one on top; the three entries are those of the current states.
#pragma once

#include <cstring>

#include "codec/zstd/copy_kernel.h"
#include "codec/zstd/decode_kernels.h"

namespace holt::zstd {
namespace {

constexpr unsigned kAhead = 4;  // a power of two
constexpr unsigned kBitsLoaded = 57;

struct Sequence {
    std::uint32_t literals;
    std::uint32_t match;
    std::uint32_t offset;  // 0: none such, the stream is corrupt
};

/// The lowest `count` (its low byte, 0 to 63) bits of `value`.
inline std::uint64_t low_bits(std::uint64_t value, std::uint64_t count) {
#if defined(__BMI2__)
    return _bzhi_u64(value, static_cast<unsigned>(count));
#else
    return value & ~(~std::uint64_t{0} << (count & 63));
#endif
}

struct SequenceDecoder {
    const std::uint8_t* begin;
    std::int64_t left;
    std::uint64_t bits;
    std::uint64_t literal_entry, offset_entry, match_entry;
    const std::uint64_t *literal_table, *offset_table, *match_table;
    std::uint64_t repeat1, repeat2, repeat3;

    void load() { bits = load64(begin + ((left + 7) >> 3) - 8) << (-left & 7); }

    /// Up to 32 bits, for the paths that are not hot.
    std::uint32_t read(unsigned count) {
        if (count == 0 || left <= 0) {
            left -= count;
            return 0;
        }
        load();
        left -= count;
        return static_cast<std::uint32_t>(bits >> (64 - count));
    }

    bool open(const SequencesJob& job) {
        if (job.stream_begin == job.stream_end || job.stream_end[-1] == 0) return false;
        begin = job.stream_begin;
        left = (job.stream_end - begin) * 8 - 9 + bit_width8(job.stream_end[-1]);
        literal_table = job.literal_lengths;
        offset_table = job.offsets;
        match_table = job.match_lengths;
        literal_entry = literal_table[read(job.literal_lengths_accuracy)];
        offset_entry = offset_table[read(job.offsets_accuracy)];
        match_entry = match_table[read(job.match_lengths_accuracy)];
        repeat1 = job.repeats[0], repeat2 = job.repeats[1], repeat3 = job.repeats[2];
        if (left < 0) return false;
        if (left > 0) load();
        return true;
    }

    /// Offset_Value to offset, and the history's update (3.1.1.5), without a branch: whether an
    /// offset repeats is not predictable. 0 is what a repeated 1, less one, gives.
    std::uint32_t resolve(std::uint64_t value, std::uint64_t literals) {
        const std::uint64_t choice = value > 3 ? 4 : value - 1 + (literals == 0);
        std::uint64_t offset = value - 3;
        offset = choice == 0 ? repeat1 : offset;
        offset = choice == 1 ? repeat2 : offset;
        offset = choice == 2 ? repeat3 : offset;
        offset = choice == 3 ? repeat1 - 1 : offset;
        repeat3 = choice > 1 ? repeat2 : repeat3;
        repeat2 = choice > 0 ? repeat1 : repeat2;
        repeat1 = offset;
        return static_cast<std::uint32_t>(offset);
    }

    /// The next sequence when another one follows it. False when the stream is exhausted.
    bool next(Sequence& out) {
        const std::uint64_t sum = literal_entry + match_entry + offset_entry;
        const unsigned total = sum & 255;
        if (total > kBitsLoaded) [[unlikely]]
            return next_long(out);
        // The bits of this sequence, right-aligned; lowest are the transitions, offset first.
        const std::uint64_t field = bits >> (-sum & 63);
        const std::uint64_t offset_bits = offset_entry >> 8;
        const std::uint64_t match_bits = match_entry >> 8;
        const std::uint64_t literal_bits = literal_entry >> 8;
        const std::uint64_t match_field = field >> (offset_bits & 63);
        const std::uint64_t literal_field = field >> ((offset_bits + match_bits) & 63);
        const std::uint64_t extra = literal_field >> (literal_bits & 63);
        const std::uint64_t literal_extra = literal_entry - literal_bits;
        const std::uint64_t match_extra = match_entry - match_bits;
        const std::uint64_t offset_extra = offset_entry - offset_bits;
        const std::uint64_t literals = (literal_entry >> 32) + low_bits(extra, literal_extra);
        const std::uint64_t above = extra >> (literal_extra & 63);
        const std::uint64_t match = (match_entry >> 32) + low_bits(above, match_extra);
        const std::uint64_t value =
            (offset_entry >> 32) + low_bits(above >> (match_extra & 63), offset_extra);
        const std::uint64_t offset_state =
            (offset_bits >> 8 & 0xffff) + low_bits(field, offset_bits);
        const std::uint64_t match_state =
            (match_bits >> 8 & 0xffff) + low_bits(match_field, match_bits);
        const std::uint64_t literal_state =
            (literal_bits >> 8 & 0xffff) + low_bits(literal_field, literal_bits);
        left -= total;
        if (left < 0) [[unlikely]]
            return false;
        load();
        offset_entry = offset_table[offset_state];
        match_entry = match_table[match_state];
        literal_entry = literal_table[literal_state];
        out.literals = static_cast<std::uint32_t>(literals);
        out.match = static_cast<std::uint32_t>(match);
        out.offset = resolve(value, literals);
        return true;
    }

    /// The values of the current states, without a transition.
    void values(Sequence& out) {
        const auto extra = [this](std::uint64_t entry) {
            return static_cast<std::uint32_t>(entry >> 32) +
                   read(static_cast<unsigned>((entry & 255) - (entry >> 8 & 255)));
        };
        const std::uint32_t value = extra(offset_entry);
        out.match = extra(match_entry);
        out.literals = extra(literal_entry);
        out.offset = resolve(value, out.literals);
    }

    /// next(), for sequences that take more bits than one load holds.
    __attribute__((noinline, cold)) bool next_long(Sequence& out) {
        values(out);
        const auto transition = [this](std::uint64_t entry) {
            return static_cast<unsigned>(entry >> 16 & 0xffff) + read(entry >> 8 & 255);
        };
        const unsigned literal_state = transition(literal_entry);
        const unsigned match_state = transition(match_entry);
        const unsigned offset_state = transition(offset_entry);
        if (left < 0) return false;
        if (left > 0) load();
        literal_entry = literal_table[literal_state];
        match_entry = match_table[match_state];
        offset_entry = offset_table[offset_state];
        return true;
    }
};

struct SequenceExecutor {
    std::uint8_t* out;
    std::uint8_t* fast_limit;  // wide copies are allowed while content ends at or before this
    const std::uint8_t* literals;
    const std::uint8_t* literals_end;
    const std::uint8_t* prefix;
    std::uint64_t window;
    const SequencesJob& job;

    explicit SequenceExecutor(const SequencesJob& the_job)
        : out(the_job.out),
          fast_limit(the_job.out_end - the_job.out > std::ptrdiff_t{kCopyMargin}
                         ? the_job.out_end - kCopyMargin
                         : the_job.out),
          literals(the_job.literals),
          literals_end(the_job.literals + the_job.literals_size),
          prefix(the_job.prefix),
          window(the_job.window),
          job(the_job) {
        if (fast_limit > job.out_limit) fast_limit = job.out_limit;
    }

    ErrorCode execute(const Sequence& sequence) {
        const std::uint64_t offset = sequence.offset;
        std::uint8_t* const match_out = out + sequence.literals;
        const std::uint64_t length = std::uint64_t{sequence.literals} + sequence.match;
        const bool fast = static_cast<std::int64_t>(length) <= fast_limit - out &&
                          sequence.literals <= literals_end - literals &&
                          offset - 1 < static_cast<std::uint64_t>(match_out - prefix) &&
                          offset <= window;
        if (!fast) [[unlikely]]
            return execute_careful(sequence);
        copy_literals(out, literals, sequence.literals);
        literals += sequence.literals;
        copy_match(match_out, offset, sequence.match);
        out += length;
        return ErrorCode::ok;
    }

    /// Near the end of the output, into the older history, or wrong: nothing past the content's end
    /// is touched here.
    __attribute__((noinline, cold)) ErrorCode execute_careful(const Sequence& sequence) {
        const std::uint64_t length = std::uint64_t{sequence.literals} + sequence.match;
        if (sequence.literals > literals_end - literals) return ErrorCode::bad_sequences;
        if (static_cast<std::int64_t>(length) > job.out_limit - out) return ErrorCode::output_full;
        if (sequence.literals > 0) std::memcpy(out, literals, sequence.literals);
        literals += sequence.literals;
        out += sequence.literals;
        const std::uint64_t offset = sequence.offset;
        if (offset == 0) return ErrorCode::bad_offset;
        if (offset > window && job.position + static_cast<std::uint64_t>(out - job.out) > window)
            return ErrorCode::bad_offset;
        std::uint64_t match = sequence.match;
        const auto contiguous = static_cast<std::uint64_t>(out - prefix);
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
};

ErrorCode decode_sequences(SequencesJob& job) noexcept {
    SequenceDecoder decoder;
    if (!decoder.open(job)) return ErrorCode::bad_sequences;
    SequenceExecutor executor(job);
    Sequence queue[kAhead];

    // Decode kAhead in front; then decode one and execute one; then execute what is queued. The
    // last sequence is decoded without a transition, after which no bit may be left.
    const std::uint32_t transitions = job.count - 1;
    std::uint32_t decoded = 0;
    std::uint32_t executed = 0;
    for (; decoded < transitions && decoded < kAhead; ++decoded)
        if (!decoder.next(queue[decoded])) return ErrorCode::bad_sequences;
    for (; decoded < transitions; ++decoded, ++executed) {
        Sequence& place = queue[decoded % kAhead];
        const Sequence current = place;
        if (!decoder.next(place)) [[unlikely]]
            return ErrorCode::bad_sequences;
        const ErrorCode code = executor.execute(current);
        if (code != ErrorCode::ok) [[unlikely]]
            return code;
    }
    Sequence last;
    decoder.values(last);
    if (decoder.left != 0) return ErrorCode::bad_sequences;
    for (; executed < decoded; ++executed) {
        const ErrorCode code = executor.execute(queue[executed % kAhead]);
        if (code != ErrorCode::ok) return code;
    }
    const ErrorCode code = executor.execute(last);
    if (code != ErrorCode::ok) return code;

    job.repeats[0] = static_cast<std::uint32_t>(decoder.repeat1);
    job.repeats[1] = static_cast<std::uint32_t>(decoder.repeat2);
    job.repeats[2] = static_cast<std::uint32_t>(decoder.repeat3);
    job.out_done = executor.out;
    job.literals_done = executor.literals;
    return ErrorCode::ok;
}

}  // namespace
}  // namespace holt::zstd
