#include "codec/zstd/decode/dictionary_decode.h"

#include "base/endian.h"
#include "codec/zstd/format/bit_reader.h"

namespace holt::zstd {
namespace {

constexpr std::size_t kHeaderSize = 8;  // magic and id
static_assert(kHeaderSize >= kFrontSlack);

std::unexpected<Error> bad(std::size_t offset) {
    return std::unexpected(Error{ErrorCode::bad_dictionary, offset});
}

}  // namespace

DecodeDictionary::DecodeDictionary(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
DecodeDictionary::DecodeDictionary(DecodeDictionary&&) noexcept = default;
DecodeDictionary& DecodeDictionary::operator=(DecodeDictionary&&) noexcept = default;
DecodeDictionary::~DecodeDictionary() = default;

std::uint32_t DecodeDictionary::id() const noexcept {
    return impl_->id;
}

DecodeDictionary DecodeDictionary::of_content(Bytes bytes) {
    auto impl = std::make_unique<Impl>();
    impl->bytes = std::move(bytes);
    impl->content = impl->bytes;
    return DecodeDictionary(std::move(impl));
}

Expected<DecodeDictionary> DecodeDictionary::load(ByteView bytes) {
    auto impl = std::make_unique<Impl>();
    impl->bytes.assign(bytes.begin(), bytes.end());
    const ByteView all = impl->bytes;
    if (all.size() < kHeaderSize || load_le<std::uint32_t>(all.data()) != kDictionaryMagic) {
        impl->content = all;
        return DecodeDictionary(std::move(impl));
    }
    impl->id = load_le<std::uint32_t>(all.data() + 4);
    impl->tables = std::make_unique<DictionaryTables>();
    DictionaryTables& tables = *impl->tables;

    std::size_t at = kHeaderSize;
    std::size_t consumed = 0;
    if (read_huffman_table(all.subspan(at), tables.huffman, consumed) == ErrorCode::ok) {
        build_pairs(tables.huffman);
    } else {
        tables.deep = std::make_unique<DeepHuffmanTable>();
        if (read_deep_huffman_table(all.subspan(at), *tables.deep, consumed) != ErrorCode::ok)
            return bad(at);
    }
    at += consumed;
    for (const SequencePart part :
         {SequencePart::offset, SequencePart::match_length, SequencePart::literal_length}) {
        FseDistribution distribution;
        if (read_distribution(all.subspan(at), max_accuracy(part), code_count(part),
                              distribution) != ErrorCode::ok)
            return bad(at);
        build_sequence_table(part, std::span(distribution.counts).first(distribution.symbols),
                             distribution.accuracy, tables.sequences);
        at += distribution.consumed;
    }
    constexpr std::size_t kRepeatsSize = 12;
    if (all.size() - at < kRepeatsSize) return bad(at);
    impl->content = all.subspan(at + kRepeatsSize);
    for (std::size_t i = 0; i < tables.repeats.size(); ++i) {
        tables.repeats[i] = load_le<std::uint32_t>(all.data() + at + 4 * i);
        if (tables.repeats[i] == 0 || tables.repeats[i] > impl->content.size())
            return bad(at + 4 * i);
    }
    return DecodeDictionary(std::move(impl));
}

}  // namespace holt::zstd
