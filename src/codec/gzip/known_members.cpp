#include "codec/gzip/known_members.h"

#include <libdeflate.h>

#include <new>

#include "base/endian.h"
#include "codec/gzip/member.h"

namespace holt::gzip {
namespace {

/// Larger members are decoded as a stream instead: nobody has to believe in them first.
constexpr std::size_t kMaxMember = std::size_t{8} << 20, kMaxContent = std::size_t{8} << 20;
/// A header with a length field that is longer than this has something else in it, too.
constexpr std::size_t kHeaderRoom = 4096;
/// No deflate stream expands to more: a match of 258 bytes takes two bits.
constexpr std::size_t kMaxExpansion = 1032;
constexpr std::size_t kBatchContent = std::size_t{1} << 20, kBatchInput = std::size_t{512} << 10;

}  // namespace

bool Batch::gather(Reader& reader) {
    input.clear();
    output.clear();
    members.clear();
    good = 0;
    std::size_t content = 0;
    while (content < kBatchContent && input.size() < kBatchInput) {
        // The fixed part first, so that the end of the input is not waited for without need.
        if (!reader.fill(kFixedHeader + 2)) break;
        auto header = parse_header(reader.view());
        if (header && !*header) {
            reader.fill(kHeaderRoom);
            header = parse_header(reader.view());
        }
        if (!header || !*header) break;
        const std::uint64_t size = (*header)->member_size;
        if (size < (*header)->size + kTrailer || size > kMaxMember) break;
        const std::size_t whole = static_cast<std::size_t>(size);
        if (!reader.fill(whole)) break;
        const ByteView bytes = reader.view().first(whole);
        KnownMember member{.begin = input.size(),
                           .size = whole,
                           .header = (*header)->size,
                           .crc = load_le<std::uint32_t>(&bytes[whole - 8]),
                           .content = load_le<std::uint32_t>(&bytes[whole - 4])};
        if (member.content > kMaxContent || member.content > whole * kMaxExpansion) break;
        // A large one gets a batch of its own; the buffers stay small.
        if (!members.empty() && content + member.content > kBatchContent) break;
        input.append(bytes);
        members.push_back(member);
        content += member.content;
        reader.consume(whole);
    }
    return !members.empty();
}

KnownMemberDecoder::KnownMemberDecoder() : decompressor_(libdeflate_alloc_decompressor()) {
    if (!decompressor_) throw std::bad_alloc();
}

void KnownMemberDecoder::Free::operator()(libdeflate_decompressor* decompressor) const noexcept {
    libdeflate_free_decompressor(decompressor);
}

void KnownMemberDecoder::decode(Batch& batch) {
    std::size_t room = 0;
    for (const KnownMember& member : batch.members) room += member.content;
    batch.output.resize(room);
    std::size_t at = 0;
    for (const KnownMember& member : batch.members) {
        const ByteView stream = batch.input.view().subspan(member.begin + member.header,
                                                           member.size - member.header - kTrailer);
        const MutableByteView out = batch.output.span().subspan(at, member.content);
        std::size_t used = 0, made = 0;
        const auto result =
            libdeflate_deflate_decompress_ex(decompressor_.get(), stream.data(), stream.size(),
                                             out.data(), out.size(), &used, &made);
        if (result != LIBDEFLATE_SUCCESS || used != stream.size() || made != out.size() ||
            libdeflate_crc32(0, out.data(), out.size()) != member.crc)
            break;
        at += out.size();
        ++batch.good;
    }
    batch.output.resize(at);
}

}  // namespace holt::gzip
