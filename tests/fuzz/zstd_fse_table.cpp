// FSE table descriptions: an accepted one makes a table whose transitions stay within it.
#include <cstdlib>

#include "codec/zstd/decode/fse_decode.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace holt;
    using namespace holt::zstd;
    if (size == 0) return 0;
    constexpr SequencePart kParts[] = {SequencePart::literal_length, SequencePart::offset,
                                       SequencePart::match_length};
    const SequencePart part = kParts[data[0] % 3];
    static SequenceTables tables;
    static FseDistribution distribution;
    if (read_distribution({data + 1, size - 1}, max_accuracy(part), code_count(part),
                          distribution) != ErrorCode::ok)
        return 0;
    if (distribution.consumed > size - 1 || distribution.symbols > code_count(part)) std::abort();
    build_sequence_table(part, std::span(distribution.counts).first(distribution.symbols),
                         distribution.accuracy, tables);
    const unsigned states = 1u << tables.accuracy[static_cast<std::size_t>(part)];
    const std::uint64_t* const words =
        part == SequencePart::literal_length ? tables.literal_length.words.data()
        : part == SequencePart::match_length ? tables.match_length.words.data()
                                             : tables.offset.words.data();
    // Every state is reached from each symbol's states exactly once: what the transitions of one
    // symbol cover is all of them.
    std::uint64_t covered = 0;
    for (unsigned i = 0; i < states; ++i) {
        const unsigned bits = words[i] >> 8 & 255;
        const int base = static_cast<int>(i) + static_cast<std::int16_t>(words[i] >> 16) / 8;
        if (base < 0 || static_cast<unsigned>(base) + (1u << bits) > states) std::abort();
        if ((words[i] & 255) < bits) std::abort();
        covered += std::uint64_t{1} << bits;
    }
    unsigned present = 0;
    for (unsigned i = 0; i < distribution.symbols; ++i) present += distribution.counts[i] != 0;
    if (covered != std::uint64_t{present} * states) std::abort();
    return 0;
}
