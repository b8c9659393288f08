#include "codec/zstd/decode/fse_decode.h"

#include <bit>
#include <cstring>
#include <type_traits>

#include "codec/zstd/format/bit_reader.h"

namespace holt::zstd {
namespace {

constexpr unsigned kAccuracyBits = 4;

constexpr std::size_t kMaxStates = std::size_t{1} << kMaxSequenceAccuracy;

/// `count` times the same symbol at `at`, where eight and more may be overwritten.
constexpr void fill_symbol(std::uint8_t* at, std::uint8_t symbol, unsigned count) {
    if
        consteval {
            for (unsigned i = 0; i < count; ++i) at[i] = symbol;
        }
    else {
        const std::uint64_t eight = symbol * 0x0101010101010101u;
        std::memcpy(at, &eight, 8);
        for (unsigned i = 8; i < count; i += 8) [[unlikely]] std::memcpy(at + i, &eight, 8);
    }
}

/// Of every number up to twice the largest table: the place of its highest bit. A load costs less
/// than the instruction for it on processors of before 2013.
constexpr auto kHighestBit = [] {
    std::array<std::uint8_t, 2 * kMaxStates> places{};
    for (unsigned i = 1; i < places.size(); ++i)
        places[i] = static_cast<std::uint8_t>(std::bit_width(i) - 1);
    return places;
}();

/// Calls put(state, symbol, bits, base) for every state in ascending order.
template <class Put>
constexpr void build(std::span<const std::int16_t> counts, unsigned accuracy, Put put) {
    const unsigned size = 1u << accuracy;
    const unsigned mask = size - 1;
    // Symbols as often as their probability says, one after the other; those of probability "less
    // than one" sit at the top of the table (RFC 8878 4.1.1).
    std::array<std::uint8_t, kMaxStates + 8> in_order;
    // A symbol of probability p owns the numbers p to 2p - 1, dealt to its states in order; each
    // takes the bits that lift its number into the range of states.
    std::array<std::uint16_t, 256> next;
    unsigned high = size;
    unsigned filled = 0;
    for (unsigned symbol = 0; symbol < counts.size(); ++symbol) {
        // No branch on what the count is: it cannot be predicted.
        const bool is_rare = counts[symbol] < 0;
        const unsigned count = is_rare ? 0 : static_cast<unsigned>(counts[symbol]);
        next[symbol] = static_cast<std::uint16_t>(count + is_rare);
        high -= is_rare;
        fill_symbol(in_order.data() + filled, static_cast<std::uint8_t>(symbol), count);
        filled += count;
    }
    const auto deal = [&](unsigned state, unsigned symbol) {
        const unsigned number = next[symbol]++;
        const unsigned bits = accuracy - kHighestBit[number];
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
    // The places at the top are passed over, without a branch; what is put there is replaced.
    in_order[filled] = 0;
    std::array<std::uint8_t, kMaxStates> strewn;
    unsigned place = 0;
    for (unsigned state = 0, turn = 0; state < size; ++state, place = (place + step) & mask) {
        strewn[place] = in_order[turn];
        turn += place < high;
    }
    for (unsigned symbol = 0, top = size; top > high; ++symbol)
        if (counts[symbol] < 0) strewn[--top] = static_cast<std::uint8_t>(symbol);
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

/// What each code of a part puts into its states' words.
struct CodeWords {
    std::uint64_t transition;  ///< count of extra bits
    std::uint64_t value;
};

template <SequencePart kPart>
constexpr CodeWords words_of(unsigned symbol) noexcept {
    const LengthCode code = code_of(kPart, symbol);
    const std::uint64_t mask = (std::uint64_t{1} << code.extra_bits) - 1;
    if (kPart == SequencePart::offset) return {code.extra_bits, mask << 32};
    const unsigned place = kPart == SequencePart::match_length ? 16 : 0;
    const bool fits = code.baseline + mask < 1u << 16;
    return {fits ? code.extra_bits : kTooLong,
            std::uint64_t{code.baseline & 0xFFFF} << place | mask << 32 << place};
}

template <SequencePart kPart>
constexpr auto kCodeWords = [] {
    std::array<CodeWords, code_count(kPart)> words{};
    for (unsigned i = 0; i < words.size(); ++i) words[i] = words_of<kPart>(i);
    return words;
}();

/// The table of a part.
template <SequencePart kPart, class Tables>
constexpr auto& table_of(Tables& tables) noexcept {
    if constexpr (kPart == SequencePart::literal_length)
        return tables.literal_length;
    else if constexpr (kPart == SequencePart::match_length)
        return tables.match_length;
    else
        return tables.offset;
}

template <SequencePart kPart>
constexpr void build_sequences(std::span<const std::int16_t> counts, unsigned accuracy,
                               SequenceTables& tables) {
    auto& table = table_of<kPart>(tables);
    constexpr std::size_t kStates = std::remove_reference_t<decltype(table)>::kStates;
    tables.accuracy[static_cast<std::size_t>(kPart)] = static_cast<std::uint8_t>(accuracy);
    build(counts, accuracy, [&](unsigned state, unsigned symbol, unsigned bits, unsigned base) {
        const CodeWords& code = kCodeWords<kPart>[symbol];
        table.words[state] = code.transition + bits * 0x101 + ((base - state) * 8 << 16);
        table.words[kStates + state] = code.value;
    });
}

template <SequencePart kPart>
void copy_table(const SequenceTables& from, SequenceTables& to) noexcept {
    constexpr auto kIndex = static_cast<std::size_t>(kPart);
    const std::size_t size = sizeof(std::uint64_t) << from.accuracy[kIndex];
    const auto& source = table_of<kPart>(from);
    auto& target = table_of<kPart>(to);
    constexpr std::size_t kStates = std::remove_reference_t<decltype(target)>::kStates;
    to.accuracy[kIndex] = from.accuracy[kIndex];
    std::memcpy(target.words.data(), source.words.data(), size);
    std::memcpy(target.words.data() + kStates, source.words.data() + kStates, size);
}

constexpr SequenceTables make_predefined() {
    SequenceTables tables{};
    build_sequences<SequencePart::literal_length>(kPredefinedLiteralLengths,
                                                  kPredefinedLiteralLengthAccuracy, tables);
    build_sequences<SequencePart::match_length>(kPredefinedMatchLengths,
                                                kPredefinedMatchLengthAccuracy, tables);
    build_sequences<SequencePart::offset>(kPredefinedOffsets, kPredefinedOffsetAccuracy, tables);
    return tables;
}

constinit const SequenceTables kPredefined = make_predefined();

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
                          unsigned accuracy, SequenceTables& tables) noexcept {
    switch (part) {
        case SequencePart::literal_length:
            return build_sequences<SequencePart::literal_length>(counts, accuracy, tables);
        case SequencePart::match_length:
            return build_sequences<SequencePart::match_length>(counts, accuracy, tables);
        case SequencePart::offset:
            return build_sequences<SequencePart::offset>(counts, accuracy, tables);
    }
}

void build_rle_table(SequencePart part, unsigned code, SequenceTables& tables) noexcept {
    const auto fill = [&]<SequencePart kPart>() {
        const CodeWords& words = kCodeWords<kPart>[code];
        tables.accuracy[static_cast<std::size_t>(kPart)] = 0;
        auto& table = table_of<kPart>(tables);
        constexpr std::size_t kStates = std::remove_reference_t<decltype(table)>::kStates;
        table.words[0] = words.transition;
        table.words[kStates] = words.value;
    };
    switch (part) {
        case SequencePart::literal_length:
            return fill.operator()<SequencePart::literal_length>();
        case SequencePart::match_length:
            return fill.operator()<SequencePart::match_length>();
        case SequencePart::offset:
            return fill.operator()<SequencePart::offset>();
    }
}

void copy_sequence_table(SequencePart part, const SequenceTables& from,
                         SequenceTables& to) noexcept {
    switch (part) {
        case SequencePart::literal_length:
            return copy_table<SequencePart::literal_length>(from, to);
        case SequencePart::match_length:
            return copy_table<SequencePart::match_length>(from, to);
        case SequencePart::offset:
            return copy_table<SequencePart::offset>(from, to);
    }
}

const SequenceTables& predefined_tables() noexcept {
    return kPredefined;
}

void build_weight_table(std::span<const std::int16_t> counts, unsigned accuracy,
                        WeightTable& table) noexcept {
    build(counts, accuracy, [&](unsigned state, unsigned symbol, unsigned bits, unsigned base) {
        table[state] = {static_cast<std::uint8_t>(symbol), static_cast<std::uint8_t>(bits),
                        static_cast<std::uint16_t>(base)};
    });
}

}  // namespace holt::zstd
