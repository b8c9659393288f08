#include "codec/zstd/train/train.h"

#include <algorithm>
#include <memory>
#include <new>
#include <vector>

#include "base/endian.h"
#include "codec/xxhash64/xxhash64.h"
#include "codec/zstd/encode/dictionary_encode.h"
#include "codec/zstd/encode/frame_encode.h"

namespace holt::zstd {
namespace {

constexpr std::size_t kStringSize = 8;  // what a segment is judged by
constexpr std::size_t kMinSamples = 8;
// Bytes; from 64 to 2048 were within 2% of each other on .py.
constexpr std::size_t kMinSegment = 16, kMaxSegment = 4096;
constexpr unsigned kCountLog = 20;

/// In how many samples each 8-byte string occurs, by hash.
class StringCounts {
  public:
    explicit StringCounts(std::span<const ByteView> samples)
        : counts_(std::size_t{1} << kCountLog), last_sample_(counts_.size()) {
        std::uint32_t number = 0;
        for (const ByteView sample : samples) {
            ++number;
            for (std::size_t i = 0; i + kStringSize <= sample.size(); ++i) {
                const std::size_t slot = slot_of(sample.data() + i);
                if (last_sample_[slot] == number) continue;
                last_sample_[slot] = number;
                ++counts_[slot];
            }
        }
    }
    static std::size_t slot_of(const std::uint8_t* at) noexcept {
        return (load_le<std::uint64_t>(at) * 0x9E3779B97F4A7C15u) >> (64 - kCountLog);
    }
    /// A string in one sample only is worth nothing.
    std::uint32_t value(const std::uint8_t* at) const noexcept {
        const std::uint32_t count = counts_[slot_of(at)];
        return count > 1 ? count : 0;
    }
    void take(ByteView segment) noexcept {
        for (std::size_t i = 0; i + kStringSize <= segment.size(); ++i) {
            counts_[slot_of(segment.data() + i)] = 0;
        }
    }

  private:
    std::vector<std::uint32_t> counts_;
    std::vector<std::uint32_t> last_sample_;
};

struct Segment {
    ByteView bytes;
    std::uint64_t value = 0;
};

/// The most valuable segment of a stretch; a string that repeats within it counts again, which is
/// rare and spares a table.
Segment best_segment(ByteView stretch, std::size_t segment, const StringCounts& counts) {
    Segment best;
    if (stretch.size() < kStringSize) return best;
    const std::size_t size = std::min(segment, stretch.size());
    const std::size_t strings = size - kStringSize + 1;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i + kStringSize <= stretch.size(); ++i) {
        value += counts.value(stretch.data() + i);
        if (i >= strings) value -= counts.value(stretch.data() + i - strings);
        if (i + 1 >= strings && value > best.value) {
            best = {stretch.subspan(i + 1 - strings, size), value};
        }
    }
    // What nobody shares at the ends is left to others.
    const auto worthless = [&](std::size_t at) {
        return counts.value(best.bytes.data() + at) == 0;
    };
    while (best.bytes.size() > kStringSize && worthless(0)) best.bytes = best.bytes.subspan(1);
    while (best.bytes.size() > kStringSize && worthless(best.bytes.size() - kStringSize)) {
        best.bytes = best.bytes.first(best.bytes.size() - 1);
    }
    return best;
}

/// The content, most valuable segments last, where the distances to them are short.
Bytes choose_content(ByteView all, StringCounts& counts, std::size_t capacity, std::size_t each) {
    const std::size_t segments = std::max<std::size_t>(1, capacity / each);
    const std::size_t stretch = std::max(all.size() / segments, 2 * each);
    std::vector<Segment> chosen;
    std::size_t size = 0;
    bool found = true;
    // Round after round over the samples, until the dictionary is full or nothing is shared.
    while (size < capacity && found) {
        found = false;
        for (std::size_t at = 0; at < all.size() && size < capacity; at += stretch) {
            Segment segment =
                best_segment(all.subspan(at, std::min(stretch, all.size() - at)), each, counts);
            if (segment.value == 0) continue;
            segment.bytes = segment.bytes.first(std::min(segment.bytes.size(), capacity - size));
            counts.take(segment.bytes);
            size += segment.bytes.size();
            chosen.push_back(segment);
            found = true;
        }
    }
    std::ranges::stable_sort(chosen, {}, &Segment::value);
    Bytes content;
    for (const Segment& segment : chosen) {
        content.insert(content.end(), segment.bytes.begin(), segment.bytes.end());
    }
    return content;
}

/// How often literals and codes occur when the samples are compressed with the content. Every one
/// counts once more, so that no table lacks a code.
struct Statistics {
    ByteCounts literals;
    std::uint32_t codes[kSequenceKinds][64];
};

void count_samples(std::span<const ByteView> samples, ByteView content, int level,
                   Statistics& statistics) {
    statistics.literals.fill(1);
    const std::size_t symbols[kSequenceKinds] = {kLiteralLengthCodes, kMaxOffsetCode,
                                                 kMatchLengthCodes};
    for (unsigned kind = 0; kind < kSequenceKinds; ++kind) {
        for (std::size_t s = 0; s < 64; ++s) statistics.codes[kind][s] = s < symbols[kind] ? 1 : 0;
    }
    FrameEncoder encoder(codec::CpuLevel::portable);
    const MatchParams params = dictionary_params(level, content.size(), kMaxBlockSize);
    Bytes buffer(content.begin(), content.end());
    buffer.resize(content.size() + kMaxBlockSize);
    std::uint8_t* const behind = buffer.data() + content.size();
    encoder.begin(params, buffer.data(), kMaxBlockSize);
    encoder.load_history(ByteView(buffer).first(content.size()),
                         FrameEncoder::DecoderState::initial);
    encoder.keep_index();
    std::size_t used = 0;
    const std::size_t step = samples.size() / 4096 + 1;  // more would tell nothing new
    for (std::size_t i = 0; i < samples.size(); i += step) {
        const ByteView sample = samples[i].first(std::min(samples[i].size(), kMaxBlockSize));
        encoder.begin_again(behind, used);
        std::copy(sample.begin(), sample.end(), behind);
        used = sample.size();
        ByteCounts literals;
        SequenceCodes codes;
        encoder.count_block({behind, used}, literals, codes);
        for (std::size_t s = 0; s < 256; ++s) statistics.literals[s] += literals[s];
        for (unsigned kind = 0; kind < kSequenceKinds; ++kind) {
            for (std::size_t s = 0; s < 64; ++s) {
                statistics.codes[kind][s] += codes.counts[kind][s];
            }
        }
    }
}

/// Halves large counts: the tables take 32-bit sums, and only shares matter.
template <class Counts>
std::uint64_t limit(Counts&& counts) {
    std::uint64_t total = 0;
    for (const std::uint32_t count : counts) total += count;
    for (; total > 60000;) {
        total = 0;
        for (std::uint32_t& count : counts) total += count = count - count / 2;
    }
    return total;
}

void append_table(Bytes& out, std::span<std::uint32_t> counts, unsigned max_log) {
    const std::uint64_t total = limit(counts);
    std::int16_t normalized[64];
    fse_normalize(counts, total, max_log, normalized);
    std::uint8_t description[kFseDescriptionBound];
    const std::size_t size =
        fse_write_description({normalized, counts.size()}, max_log, description);
    out.insert(out.end(), description, description + size);
}

}  // namespace

Expected<Bytes> train_dictionary(std::span<const ByteView> samples, const TrainOptions& options) {
    const auto refuse = [](ErrorCode code) { return std::unexpected(Error{code, 0}); };
    if (options.capacity < kMinDictionarySize || samples.size() < kMinSamples ||
        options.level < kMinLevel || options.level > kMaxLevel) {
        return refuse(ErrorCode::bad_parameter);
    }
    const std::size_t segment = std::clamp(options.segment, kMinSegment, kMaxSegment);
    try {
        Bytes all;
        for (const ByteView sample : samples) all.insert(all.end(), sample.begin(), sample.end());
        if (all.size() < 2 * segment) return refuse(ErrorCode::bad_parameter);
        constexpr std::size_t kTables =
            8 + kHuffmanDescriptionBound + 3 * kFseDescriptionBound + 12;
        StringCounts counts(samples);
        Bytes content = choose_content(
            all, counts, options.capacity - std::min(kTables, options.capacity / 2), segment);
        // The first distances of a frame have to lie within the content.
        constexpr std::size_t kLeastContent = 8;
        while (content.size() < kLeastContent) content.push_back(0);

        Statistics statistics;
        count_samples(samples, content, options.level, statistics);
        limit(statistics.literals);
        const auto huffman = std::make_unique<HuffmanEncodeTable>();
        huffman_build(*huffman, statistics.literals, 256, kMaxHuffmanBits);
        std::uint8_t description[kHuffmanDescriptionBound + 8];
        const std::size_t huffman_size = huffman_write_description(*huffman, description);
        if (huffman_size == 0) return refuse(ErrorCode::bad_parameter);

        // 2^15 to 2^31 is the range for ids that nobody registered (RFC 8878 section 5).
        const std::uint32_t derived =
            static_cast<std::uint32_t>(xxhash64(content) % ((1u << 31) - 32768)) + 32768;
        Bytes out(8);
        store_le(out.data(), kDictionaryMagic);
        store_le(out.data() + 4, options.id != 0 ? options.id : derived);
        out.insert(out.end(), description, description + huffman_size);
        append_table(out, {statistics.codes[kOffsetKind], kMaxOffsetCode}, kMaxOffsetAccuracy);
        append_table(out, {statistics.codes[kMatchLengthKind], kMatchLengthCodes},
                     kMaxMatchLengthAccuracy);
        append_table(out, {statistics.codes[kLiteralLengthKind], kLiteralLengthCodes},
                     kMaxLiteralLengthAccuracy);
        for (const std::uint32_t distance : kInitialRepeatOffsets) {
            for (unsigned b = 0; b < 4; ++b) {
                out.push_back(static_cast<std::uint8_t>(distance >> (8 * b)));
            }
        }
        out.insert(out.end(), content.begin(), content.end());
        return out;
    } catch (const std::bad_alloc&) {
        return refuse(ErrorCode::out_of_memory);
    }
}

}  // namespace holt::zstd
