#include "codec/zstd/encode/sequences_encode.h"

#include <algorithm>

#include "codec/zstd/encode/compress_kernels.h"

namespace holt::zstd {
namespace {

/// With quick choosing, this many sequences for each 8 states of the predefined table at least make
/// a table of their own.
constexpr std::size_t kQuickSlots = 9;

struct KindFacts {
    std::span<const std::int16_t> predefined;
    unsigned predefined_log;
    unsigned max_log;
    FseTable table;
};

/// Limits and predefined tables of the three kinds, built at first use.
const KindFacts& facts(unsigned kind) noexcept {
    static const auto all = [] {
        std::array<KindFacts, kSequenceKinds> f{};
        f[kLiteralLengthKind] = {kPredefinedLiteralLengths,
                                 kPredefinedLiteralLengthAccuracy,
                                 kMaxLiteralLengthAccuracy,
                                 {}};
        f[kOffsetKind] = {kPredefinedOffsets, kPredefinedOffsetAccuracy, kMaxOffsetAccuracy, {}};
        f[kMatchLengthKind] = {
            kPredefinedMatchLengths, kPredefinedMatchLengthAccuracy, kMaxMatchLengthAccuracy, {}};
        for (KindFacts& k : f) fse_build(k.table, k.predefined, k.predefined_log);
        return f;
    }();
    return all[kind];
}

std::uint8_t* write_count(std::size_t count, std::uint8_t* out) noexcept {
    if (count < 128) {
        *out++ = static_cast<std::uint8_t>(count);
    } else if (count < 0x7F00) {
        *out++ = static_cast<std::uint8_t>((count >> 8) + 128);
        *out++ = static_cast<std::uint8_t>(count);
    } else {
        *out++ = 255;
        store16(out, static_cast<std::uint32_t>(count - 0x7F00));
        out += 2;
    }
    return out;
}

}  // namespace

void SequencesEncoder::reset(Choosing choosing) noexcept {
    choosing_ = choosing;
    repeatable_.fill(false);
    has_pending_ = false;
}

void SequencesEncoder::load(SequenceKind kind, const FseTable& table) noexcept {
    tables_[kind][in_force_[kind]] = table;
    repeatable_[kind] = true;
}

void SequencesEncoder::commit() noexcept {
    if (!has_pending_) return;
    has_pending_ = false;
    for (unsigned kind = 0; kind < kSequenceKinds; ++kind) {
        switch (last_mode_[kind]) {
            case SequenceMode::compressed:
                in_force_[kind] ^= 1;
                repeatable_[kind] = true;
                break;
            case SequenceMode::repeat:
                break;
            case SequenceMode::predefined:
            case SequenceMode::rle:
                repeatable_[kind] = false;  // saying so again is as cheap
                break;
        }
    }
}

SequencesEncoder::Choice SequencesEncoder::choose(SequenceKind kind, const SequenceCodes& codes,
                                                  std::size_t count, unsigned last_code,
                                                  std::uint8_t*& out) noexcept {
    const KindFacts& kind_facts = facts(kind);
    const FseTable& old = tables_[kind][in_force_[kind]];
    FseTable& fresh = tables_[kind][in_force_[kind] ^ 1];
    unsigned symbols = 64;
    while (codes.counts[kind][symbols - 1] == 0) --symbols;
    const std::span<const std::uint32_t> counts(codes.counts[kind], symbols);

    // A table for few sequences takes as long as finding them and saves about 1%.
    const bool one_symbol = counts[symbols - 1] == count;
    if (choosing_ == Choosing::quick && !one_symbol && !repeatable_[kind] &&
        symbols <= kind_facts.predefined.size() &&
        count < (kQuickSlots << kind_facts.predefined_log) / 8) {
        return {SequenceMode::predefined, &kind_facts.table};
    }
    const std::uint64_t predefined =
        fse_cost(counts, kind_facts.predefined, kind_facts.predefined_log);
    const std::uint64_t repeat = repeatable_[kind]
                                     ? fse_cost(counts, {old.normalized, old.symbol_count}, old.log)
                                     : kFseImpossible;
    if (one_symbol) {
        // One symbol only: a byte names it, unless a table gives it away for less.
        constexpr std::uint64_t kByte = 8 << 8;
        if (std::min(predefined, repeat) > kByte) {
            fse_build_rle(fresh, symbols - 1);
            *out++ = static_cast<std::uint8_t>(symbols - 1);
            return {SequenceMode::rle, &fresh};
        }
        if (repeat < predefined) return {SequenceMode::repeat, &old};
        return {SequenceMode::predefined, &kind_facts.table};
    }

    if (choosing_ == Choosing::quick && predefined != kFseImpossible &&
        count < (kQuickSlots << kind_facts.predefined_log) / 8) {
        if (repeat < predefined) return {SequenceMode::repeat, &old};
        return {SequenceMode::predefined, &kind_facts.table};
    }

    // The last sequence begins the state and costs nothing but the state: leave it out of the
    // distribution where it has company, as that is what will be written.
    std::uint32_t adjusted[64];
    std::copy(counts.begin(), counts.end(), adjusted);
    std::size_t total = count;
    if (adjusted[last_code] > 1) {
        --adjusted[last_code];
        --total;
    }
    const unsigned log = fse_choose_log(kind_facts.max_log, total, symbols);
    std::int16_t normalized[kFseMaxSymbols];
    fse_normalize({adjusted, symbols}, total, log, normalized);
    const std::size_t description = fse_write_description({normalized, symbols}, log, out);
    const std::uint64_t compressed =
        fse_cost(counts, {normalized, symbols}, log) + (std::uint64_t{description} << 11);
    if (compressed < std::min(predefined, repeat)) {
        out += description;
        fse_build(fresh, {normalized, symbols}, log);
        return {SequenceMode::compressed, &fresh};
    }
    if (repeat < predefined) return {SequenceMode::repeat, &old};
    return {SequenceMode::predefined, &kind_facts.table};
}

std::size_t SequencesEncoder::encode(const EncodeKernels& kernels, const Sequence* sequences,
                                     std::size_t count, SequenceCodes& codes,
                                     std::uint8_t* out) noexcept {
    std::uint8_t* const begin = out;
    out = write_count(count, out);
    has_pending_ = count > 0;
    if (count == 0) return static_cast<std::size_t>(out - begin);

    kernels.sequence_codes(sequences, count, codes);
    std::uint8_t* const modes = out++;
    const FseTable* tables[kSequenceKinds];
    for (unsigned kind = 0; kind < kSequenceKinds; ++kind) {
        const Choice choice = choose(static_cast<SequenceKind>(kind), codes, count,
                                     codes.codes[kind][count - 1], out);
        tables[kind] = choice.table;
        last_mode_[kind] = choice.mode;
    }
    *modes = static_cast<std::uint8_t>(static_cast<unsigned>(last_mode_[kLiteralLengthKind]) << 6 |
                                       static_cast<unsigned>(last_mode_[kOffsetKind]) << 4 |
                                       static_cast<unsigned>(last_mode_[kMatchLengthKind]) << 2);
    out = kernels.sequence_stream(sequences, count, codes, tables, out);
    return static_cast<std::size_t>(out - begin);
}

}  // namespace holt::zstd
