// The tables of the sequences section (RFC 8878 3.1.1.3.2.1).
#include "codec/zstd/block_decode.h"
#include "codec/zstd/format.h"

namespace holt::zstd {

ErrorCode BlockDecoder::read_sequence_tables(ByteView section, std::size_t& consumed) noexcept {
    if (section.empty()) return ErrorCode::bad_sequences;
    const unsigned modes = section[0];
    if ((modes & 3) != 0) return ErrorCode::bad_sequences;  // reserved bits
    consumed = 1;
    ErrorCode code =
        read_sequence_table(SequencePart::literal_length, modes >> 6, section, consumed);
    if (code != ErrorCode::ok) return code;
    code = read_sequence_table(SequencePart::offset, modes >> 4 & 3, section, consumed);
    if (code != ErrorCode::ok) return code;
    return read_sequence_table(SequencePart::match_length, modes >> 2 & 3, section, consumed);
}

ErrorCode BlockDecoder::read_sequence_table(SequencePart part, unsigned mode, ByteView section,
                                            std::size_t& consumed) noexcept {
    const SequenceTable*& current = tables_[index(part)];
    SequenceTable& own = (*own_tables_)[index(part)];
    const ByteView rest = section.subspan(consumed);
    switch (static_cast<SequenceMode>(mode)) {
        case SequenceMode::predefined:
            current = &predefined_table(part);
            return ErrorCode::ok;
        case SequenceMode::rle:
            if (rest.empty() || rest[0] >= code_count(part)) return ErrorCode::bad_sequences;
            build_rle_table(part, rest[0], own);
            current = &own;
            ++consumed;
            return ErrorCode::ok;
        case SequenceMode::compressed: {
            FseDistribution distribution;
            const ErrorCode code =
                read_distribution(rest, max_accuracy(part), code_count(part), distribution);
            if (code != ErrorCode::ok) return code;
            build_sequence_table(part, std::span(distribution.counts).first(distribution.symbols),
                                 distribution.accuracy, own);
            current = &own;
            consumed += distribution.consumed;
            return ErrorCode::ok;
        }
        case SequenceMode::repeat:
            break;
    }
    return current == nullptr ? ErrorCode::no_table : ErrorCode::ok;
}

}  // namespace holt::zstd
