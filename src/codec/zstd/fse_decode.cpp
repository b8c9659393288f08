#include "codec/zstd/fse_decode.h"

#include <bit>
#include <cstring>

#include "codec/zstd/bit_reader.h"

namespace holt::zstd {
namespace {

constexpr unsigned kAccuracyBits = 4;

constexpr std::size_t kMaxStates = std::size_t{1} << kMaxSequenceAccuracy;

/// `count` times the same symbol at `at`, where more may be overwritten.
constexpr void fill_symbol(std::uint8_t* at, std::uint8_t symbol, int count) {
    if
        consteval {
            for (int i = 0; i < count; ++i) at[i] = symbol;
        }
    else {
        const std::uint64_t eight = symbol * 0x0101010101010101u;
        for (int i = 0; i < count; i += 8) std::memcpy(at + i, &eight, 8);
    }
}

/// Calls put(state, symbol, bits, base) for every state in ascending order.
template <class Put>
constexpr void build(std::span<const std::int16_t> counts, unsigned accuracy, Put put) {
    const unsigned size = 1u << accuracy;
    const unsigned mask = size - 1;
    // Symbols as often as their probability says, one after the other; those of probability "less
    // than one" sit at the top of the table (RFC 8878 4.1.1).
    std::array<std::uint8_t, kMaxStates + 8> in_order;
    std::array<std::uint8_t, kMaxStates> strewn;
    // A symbol of probability p owns the numbers p to 2p - 1, dealt to its states in order; each
    // takes the bits that lift its number into the range of states.
    std::array<std::uint16_t, 256> next;
    unsigned high = size;
    unsigned filled = 0;
    for (unsigned symbol = 0; symbol < counts.size(); ++symbol) {
        const int count = counts[symbol];
        next[symbol] = static_cast<std::uint16_t>(count < 0 ? 1 : count);
        if (count < 0) {
            strewn[--high] = static_cast<std::uint8_t>(symbol);
            continue;
        }
        fill_symbol(in_order.data() + filled, static_cast<std::uint8_t>(symbol), count);
        filled += static_cast<unsigned>(count);
    }
    const auto deal = [&](unsigned state, unsigned symbol) {
        const unsigned number = next[symbol]++;
        const unsigned bits = accuracy + 1 - static_cast<unsigned>(std::bit_width(number));
        put(state, symbol, bits, (number << bits) - size);
    };
    // They are strewn with a step that is odd, so that it visits every state once.
    const unsigned step = (size >> 1) + (size >> 3) + 3;
    if (high == size) {
        // Whose turn a state is follows from the step's inverse: no second table is needed.
        unsigned inverse = step;
        for (int i = 0; i < 3; ++i) inverse *= 2 - step * inverse;
        unsigned turn = 0;
        for (unsigned state = 0; state < size; ++state, turn = (turn + inverse) & mask)
            deal(state, in_order[turn]);
        return;
    }
    unsigned position = 0;
    for (unsigned i = 0; i < filled; ++i) {
        strewn[position] = in_order[i];
        do position = (position + step) & mask;
        while (position >= high);
    }
    for (unsigned state = 0; state < size; ++state) deal(state, strewn[state]);
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

/// An entry as one word, so that it is made by additions and stored once.
constexpr std::uint64_t pack(unsigned total_bits, unsigned transition_bits, unsigned next,
                             std::uint32_t baseline) noexcept {
    if constexpr (std::endian::native == std::endian::little)
        return total_bits | transition_bits << 8 | std::uint64_t{next} << 16 |
               std::uint64_t{baseline} << 32;
    return std::uint64_t{total_bits} << 56 | std::uint64_t{transition_bits} << 48 |
           std::uint64_t{next} << 32 | baseline;
}

/// What each code of a part puts into its entries: extra bits and baseline.
template <SequencePart kPart>
constexpr auto kPackedCodes = [] {
    std::array<std::uint64_t, code_count(kPart)> codes{};
    for (unsigned i = 0; i < codes.size(); ++i) {
        const LengthCode code = code_of(kPart, i);
        codes[i] = pack(code.extra_bits, 0, 0, code.baseline);
    }
    return codes;
}();

template <SequencePart kPart>
constexpr void build_sequences(std::span<const std::int16_t> counts, unsigned accuracy,
                               SequenceTable& table) {
    table.accuracy = accuracy;
    build(counts, accuracy, [&](unsigned state, unsigned symbol, unsigned bits, unsigned base) {
        const std::uint64_t entry = kPackedCodes<kPart>[symbol] +
                                    pack(bits, bits, base * unsigned{sizeof(SequenceEntry)}, 0);
        table.entries[state] = std::bit_cast<SequenceEntry>(entry);
    });
}

template <SequencePart kPart>
constexpr SequenceTable make_predefined(std::span<const std::int16_t> counts, unsigned accuracy) {
    SequenceTable table{};
    build_sequences<kPart>(counts, accuracy, table);
    return table;
}

constinit const SequenceTable kLiteralLengths = make_predefined<SequencePart::literal_length>(
    kPredefinedLiteralLengths, kPredefinedLiteralLengthAccuracy);
constinit const SequenceTable kOffsets =
    make_predefined<SequencePart::offset>(kPredefinedOffsets, kPredefinedOffsetAccuracy);
constinit const SequenceTable kMatchLengths = make_predefined<SequencePart::match_length>(
    kPredefinedMatchLengths, kPredefinedMatchLengthAccuracy);

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
        // No branch: which it is cannot be predicted.
        const bool is_short = low < short_values;
        const unsigned over = raw < (1u << (width - 1)) ? 0 : short_values;
        const unsigned value = is_short ? low : raw - over;
        bits.skip(width - is_short);
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
    switch (part) {
        case SequencePart::literal_length:
            return build_sequences<SequencePart::literal_length>(counts, accuracy, table);
        case SequencePart::match_length:
            return build_sequences<SequencePart::match_length>(counts, accuracy, table);
        case SequencePart::offset:
            return build_sequences<SequencePart::offset>(counts, accuracy, table);
    }
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
