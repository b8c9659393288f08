// The tables of the sequences section (RFC 8878 3.1.1.3.2.1).
#include "codec/zstd/decode/block_decode.h"
#include "codec/zstd/format/format.h"

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
    const SequenceTables*& current = tables_[index(part)];
    SequenceTables& own = *own_tables_;
    const ByteView rest = section.subspan(consumed);
    switch (static_cast<SequenceMode>(mode)) {
        case SequenceMode::predefined:
            current = &predefined_tables();
            return ErrorCode::ok;
        case SequenceMode::rle:
            if (rest.empty() || rest[0] >= code_count(part)) return ErrorCode::bad_sequences;
            build_rle_table(part, rest[0], own);
            copied_[index(part)] = nullptr;
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
            copied_[index(part)] = nullptr;
            current = &own;
            consumed += distribution.consumed;
            return ErrorCode::ok;
        }
        case SequenceMode::repeat:
            break;
    }
    return current == nullptr ? ErrorCode::no_table : ErrorCode::ok;
}

/// The loop wants the three tables side by side. Where they come from different places, those that
/// are not our own are copied to our own, which no later block can ask for any more.
const SequenceTables& BlockDecoder::joined_tables() noexcept {
    if (tables_[0] == tables_[1] && tables_[1] == tables_[2]) return *tables_[0];
    for (std::size_t i = 0; i < tables_.size(); ++i) {
        if (tables_[i] == own_tables_.get() || tables_[i] == copied_[i]) continue;
        copy_sequence_table(static_cast<SequencePart>(i), *tables_[i], *own_tables_);
        copied_[i] = tables_[i];
    }
    return *own_tables_;
}

}  // namespace holt::zstd
