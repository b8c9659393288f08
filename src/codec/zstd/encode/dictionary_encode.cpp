#include "codec/zstd/encode/dictionary_encode.h"

#include <algorithm>
#include <atomic>
#include <bit>

#include "base/endian.h"
#include "codec/zstd/decode/fse_decode.h"
#include "codec/zstd/decode/huffman_decode.h"

namespace holt::zstd {
namespace {

constexpr std::size_t kHeaderSize = 8;  // magic and id

std::unexpected<Error> bad(std::size_t offset) {
    return std::unexpected(Error{ErrorCode::bad_dictionary, offset});
}

/// Code lengths, read off the decoding table: each entry names its symbol and its length.
void codes_of(const HuffmanTable& decoding, HuffmanEncodeTable& codes) noexcept {
    std::uint8_t length_of[256] = {};
    unsigned symbol_count = 0;
    for (std::size_t i = 0; i < (std::size_t{1} << decoding.depth); ++i) {
        const unsigned symbol = decoding.single[i] >> 8;
        length_of[symbol] = static_cast<std::uint8_t>(decoding.single[i] & 255);
        symbol_count = std::max(symbol_count, symbol + 1);
    }
    huffman_assign(codes, length_of, symbol_count);
}

struct Part {
    SequencePart part;
    SequenceKind kind;
};
constexpr Part kParts[] = {{SequencePart::offset, kOffsetKind},
                           {SequencePart::match_length, kMatchLengthKind},
                           {SequencePart::literal_length, kLiteralLengthKind}};

}  // namespace

EncodeDictionary::EncodeDictionary(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
EncodeDictionary::EncodeDictionary(EncodeDictionary&&) noexcept = default;
EncodeDictionary& EncodeDictionary::operator=(EncodeDictionary&&) noexcept = default;
EncodeDictionary::~EncodeDictionary() = default;

std::uint32_t EncodeDictionary::id() const noexcept {
    return impl_->id;
}

Expected<EncodeDictionary> EncodeDictionary::load(ByteView bytes) {
    static std::atomic<std::uint64_t> serials{0};
    auto impl = std::make_unique<Impl>();
    impl->serial = ++serials;
    impl->bytes.assign(bytes.begin(), bytes.end());
    const ByteView all = impl->bytes;
    if (all.size() < kHeaderSize || load_le<std::uint32_t>(all.data()) != kDictionaryMagic) {
        impl->content = all;
        return EncodeDictionary(std::move(impl));
    }
    impl->id = load_le<std::uint32_t>(all.data() + 4);
    impl->entropy = std::make_unique<DictionaryEntropy>();
    std::size_t at = kHeaderSize;
    std::size_t consumed = 0;
    const auto decoding = std::make_unique<HuffmanTable>();
    if (read_huffman_table(all.subspan(at), *decoding, consumed) == ErrorCode::ok) {
        codes_of(*decoding, impl->entropy->huffman);
        impl->entropy->has_huffman = true;
    } else {
        // A deeper table than the format has: nothing that is written here refers to it.
        const auto deep = std::make_unique<DeepHuffmanTable>();
        if (read_deep_huffman_table(all.subspan(at), *deep, consumed) != ErrorCode::ok)
            return bad(at);
    }
    at += consumed;
    for (const Part part : kParts) {
        FseDistribution distribution;
        if (read_distribution(all.subspan(at), max_accuracy(part.part), code_count(part.part),
                              distribution) != ErrorCode::ok) {
            return bad(at);
        }
        fse_build(impl->entropy->sequences[part.kind],
                  std::span(distribution.counts).first(distribution.symbols),
                  distribution.accuracy);
        at += distribution.consumed;
    }
    constexpr std::size_t kRepeatsSize = 12;
    if (all.size() - at < kRepeatsSize) return bad(at);
    impl->content = all.subspan(at + kRepeatsSize);
    for (std::size_t i = 0; i < 3; ++i) {
        const std::uint32_t distance = load_le<std::uint32_t>(all.data() + at + 4 * i);
        if (distance == 0 || distance > impl->content.size()) return bad(at + 4 * i);
        impl->entropy->repeats[i] = distance;
    }
    return EncodeDictionary(std::move(impl));
}

MatchParams dictionary_params(int level, std::size_t content, std::size_t size) noexcept {
    if (size == kUnknownSize) return choose_params(level, kUnknownSize);
    constexpr std::size_t kLeastClass = std::size_t{16} << 10;
    const std::size_t rounded = std::bit_ceil(std::max(kLeastClass, size));
    MatchParams params = choose_params(level, rounded + content);
    // Whatever lies between the dictionary's start and the input's end has to be in reach.
    const unsigned needed = static_cast<unsigned>(std::bit_width(rounded + content - 1));
    params.window_log =
        static_cast<std::uint8_t>(std::clamp(needed, unsigned{params.window_log}, kMaxWindowLog));
    if (has_chains(params)) params.chain_log = params.window_log;
    return params;
}

}  // namespace holt::zstd
