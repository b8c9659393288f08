// FSE table descriptions: an accepted one makes a table whose transitions stay within it.
#include <cstdlib>

#include "codec/zstd/fse_decode.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace holt;
    using namespace holt::zstd;
    if (size == 0) return 0;
    constexpr SequencePart kParts[] = {SequencePart::literal_length, SequencePart::offset,
                                       SequencePart::match_length};
    const SequencePart part = kParts[data[0] % 3];
    static SequenceTable table;
    static FseDistribution distribution;
    if (read_distribution({data + 1, size - 1}, max_accuracy(part), code_count(part),
                          distribution) != ErrorCode::ok)
        return 0;
    if (distribution.consumed > size - 1 || distribution.symbols > code_count(part)) std::abort();
    build_sequence_table(part, std::span(distribution.counts).first(distribution.symbols),
                         distribution.accuracy, table);
    const unsigned states = 1u << table.accuracy;
    // Every state is reached from each symbol's states exactly once: what the transitions of one
    // symbol cover is all of them.
    std::uint64_t covered = 0;
    for (unsigned i = 0; i < states; ++i) {
        const SequenceEntry entry = table.entries[i];
        const unsigned bits = entry.transition_bits;
        const unsigned base = entry.next / sizeof(SequenceEntry);
        if (base + (1u << bits) > states) std::abort();
        if (entry.total_bits < bits) std::abort();
        covered += std::uint64_t{1} << bits;
    }
    unsigned present = 0;
    for (unsigned i = 0; i < distribution.symbols; ++i) present += distribution.counts[i] != 0;
    if (covered != std::uint64_t{present} * states) std::abort();
    return 0;
}
