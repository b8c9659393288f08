#include "codec/zstd/fse_decode.h"

#include <bit>

#include "codec/zstd/bit_reader.h"

namespace holt::zstd {
namespace {

constexpr unsigned kAccuracyBits = 4;

constexpr std::size_t kMaxStates = std::size_t{1} << kMaxSequenceAccuracy;

/// The symbol of each state (RFC 8878 4.1.1): symbols of probability "less than one" sit at the
/// top, the others are strewn with a step that is odd and so visits every state once.
constexpr void spread(std::span<const std::int16_t> counts, unsigned accuracy,
                      std::array<std::uint8_t, kMaxStates>& symbol_of) {
    // First one after the other, then strewn: two loops that run long, not one for each symbol.
    std::array<std::uint8_t, kMaxStates> in_order;
    const unsigned size = 1u << accuracy;
    unsigned high = size;
    unsigned filled = 0;
    for (unsigned symbol = 0; symbol < counts.size(); ++symbol) {
        if (counts[symbol] < 0) symbol_of[--high] = static_cast<std::uint8_t>(symbol);
        for (int i = 0; i < counts[symbol]; ++i)
            in_order[filled++] = static_cast<std::uint8_t>(symbol);
    }
    const unsigned step = (size >> 1) + (size >> 3) + 3;
    unsigned position = 0;
    for (unsigned i = 0; i < filled; ++i) {
        symbol_of[position] = in_order[i];
        do position = (position + step) & (size - 1);
        while (position >= high);
    }
}

/// Calls put(state, symbol, bits, base) for every state in ascending order.
template <class Put>
constexpr void build(std::span<const std::int16_t> counts, unsigned accuracy, Put put) {
    std::array<std::uint8_t, kMaxStates> symbol_of;
    spread(counts, accuracy, symbol_of);
    // A symbol of probability p owns the numbers p to 2p - 1, dealt to its states in order; each
    // takes the bits that lift its number into the range of states.
    std::array<std::uint16_t, 256> next;
    for (unsigned symbol = 0; symbol < counts.size(); ++symbol)
        next[symbol] = static_cast<std::uint16_t>(counts[symbol] < 0 ? 1 : counts[symbol]);
    const unsigned size = 1u << accuracy;
    for (unsigned state = 0; state < size; ++state) {
        const unsigned symbol = symbol_of[state];
        const unsigned number = next[symbol]++;
        const unsigned bits = accuracy + 1 - static_cast<unsigned>(std::bit_width(number));
        put(state, symbol, bits, (number << bits) - size);
    }
}

constexpr LengthCode code_of(SequencePart part, unsigned symbol) noexcept {
    switch (part) {
        case SequencePart::literal_length:
            return kLiteralLengthTable[symbol];
        case SequencePart::match_length:
            return kMatchLengthTable[symbol];
        case SequencePart::offset:
            break;
    }
    return {std::uint32_t{1} << symbol, static_cast<std::uint8_t>(symbol)};
}

constexpr void build_sequences(SequencePart part, std::span<const std::int16_t> counts,
                               unsigned accuracy, SequenceTable& table) {
    table.accuracy = accuracy;
    build(counts, accuracy, [&](unsigned state, unsigned symbol, unsigned bits, unsigned base) {
        const LengthCode code = code_of(part, symbol);
        table.entries[state] = make_sequence_entry(bits, base, code.extra_bits, code.baseline);
    });
}

constexpr SequenceTable make_predefined(SequencePart part, std::span<const std::int16_t> counts,
                                        unsigned accuracy) {
    SequenceTable table{};
    build_sequences(part, counts, accuracy, table);
    return table;
}

constinit const SequenceTable kLiteralLengths = make_predefined(
    SequencePart::literal_length, kPredefinedLiteralLengths, kPredefinedLiteralLengthAccuracy);
constinit const SequenceTable kOffsets =
    make_predefined(SequencePart::offset, kPredefinedOffsets, kPredefinedOffsetAccuracy);
constinit const SequenceTable kMatchLengths = make_predefined(
    SequencePart::match_length, kPredefinedMatchLengths, kPredefinedMatchLengthAccuracy);

}  // namespace

ErrorCode read_distribution(ByteView input, unsigned max_accuracy, unsigned max_symbols,
                            FseDistribution& out) noexcept {
    if (input.empty()) return ErrorCode::bad_fse;
    ForwardBits bits(input);
    out.accuracy = (bits.peek() & ((1u << kAccuracyBits) - 1)) + kMinAccuracy;
    bits.skip(kAccuracyBits);
    if (out.accuracy > max_accuracy) return ErrorCode::bad_fse;

    unsigned left = 1u << out.accuracy;  // probability not yet given away
    unsigned symbol = 0;
    while (left > 0) {
        if (symbol >= max_symbols) return ErrorCode::bad_fse;
        // Values 0 to left + 1 are possible; the first `short_values` of them take a bit less.
        const unsigned width = static_cast<unsigned>(std::bit_width(left + 1));
        const unsigned short_values = (1u << width) - 1 - (left + 1);
        const unsigned raw = bits.peek() & ((1u << width) - 1);
        const unsigned low = raw & ((1u << (width - 1)) - 1);
        unsigned value;
        if (low < short_values) {
            value = low;
            bits.skip(width - 1);
        } else {
            value = raw < (1u << (width - 1)) ? raw : raw - short_values;
            bits.skip(width);
        }
        const int probability = static_cast<int>(value) - 1;
        out.counts[symbol++] = static_cast<std::int16_t>(probability);
        left -= static_cast<unsigned>(probability < 0 ? 1 : probability);
        if (probability != 0) continue;
        // After a zero, two bits at a time tell how many more follow; 3 means go on.
        unsigned run;
        do {
            run = bits.peek() & 3;
            bits.skip(2);
            if (symbol + run > max_symbols) return ErrorCode::bad_fse;
            for (unsigned i = 0; i < run; ++i) out.counts[symbol++] = 0;
        } while (run == 3);
        if (bits.bytes_used() > input.size()) return ErrorCode::bad_fse;
    }
    out.symbols = symbol;
    out.consumed = bits.bytes_used();
    return out.consumed > input.size() ? ErrorCode::bad_fse : ErrorCode::ok;
}

void build_sequence_table(SequencePart part, std::span<const std::int16_t> counts,
                          unsigned accuracy, SequenceTable& table) noexcept {
    build_sequences(part, counts, accuracy, table);
}

void build_rle_table(SequencePart part, unsigned code, SequenceTable& table) noexcept {
    const LengthCode value = code_of(part, code);
    table.accuracy = 0;
    table.entries[0] = make_sequence_entry(0, 0, value.extra_bits, value.baseline);
}

const SequenceTable& predefined_table(SequencePart part) noexcept {
    return part == SequencePart::literal_length ? kLiteralLengths
           : part == SequencePart::offset       ? kOffsets
                                                : kMatchLengths;
}

void build_weight_table(std::span<const std::int16_t> counts, unsigned accuracy,
                        WeightTable& table) noexcept {
    build(counts, accuracy, [&](unsigned state, unsigned symbol, unsigned bits, unsigned base) {
        table[state] = {static_cast<std::uint8_t>(symbol), static_cast<std::uint8_t>(bits),
                        static_cast<std::uint16_t>(base)};
    });
}

}  // namespace holt::zstd
