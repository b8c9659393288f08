#include "archive/io/encoder.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/endian.h"
#include "base/error.h"
#include "codec/gzip/crc32.h"
#include "codec/gzip/member.h"

namespace holt::store {
namespace {

constexpr std::uint32_t kSkippable = 0x184D2A5E, kSeekable = 0x8F92EAB1;
constexpr std::size_t kEntrySize = 8, kFooterSize = 9, kHeadSize = 8;

void put(Bytes& out, std::uint32_t value) {
    const std::size_t at = out.size();
    out.resize(at + sizeof value);
    store_le(out.data() + at, value);
}

Result<EncodedStretch> encode_zstd(EncoderScratch& scratch, int level) {
    if (!scratch.zstd) scratch.zstd.emplace(zstd::EncodeOptions{.level = level, .checksum = true});
    scratch.output.resize(zstd::compress_bound(scratch.raw.size()));
    const auto size = scratch.zstd->compress(scratch.raw, scratch.output);
    if (!size) {
        return fail(ErrorKind::failed, "compress archive", "",
                    std::string(zstd::describe(size.error().code)));
    }
    const auto end = scratch.output.begin() + static_cast<std::ptrdiff_t>(*size);
    return EncodedStretch{.bytes = Bytes(scratch.output.begin(), end),
                          .raw_size = scratch.raw.size()};
}

EncodedStretch encode_gzip(EncoderScratch& scratch, int level) {
    const gzip::LevelPlan plan = gzip::plan_of(level);
    if (!scratch.gzip) scratch.gzip.emplace(plan);
    EncodedStretch encoded{.bytes = {}, .raw_size = scratch.raw.size()};
    for (ByteView rest = scratch.raw; !rest.empty();) {
        const ByteView block = rest.first(std::min(rest.size(), plan.block_size));
        scratch.output.resize(gzip::BlockEncoder::part_bound(block.size()));
        const auto part = scratch.gzip->encode_part(block, gzip::StreamEnd::joint, scratch.output);
        encoded.bytes.insert(encoded.bytes.end(), scratch.output.begin(),
                             scratch.output.begin() + static_cast<std::ptrdiff_t>(part.size));
        encoded.crc = gzip::crc32_combine(encoded.crc, part.crc, block.size());
        rest = rest.subspan(block.size());
    }
    return encoded;
}

/// A last block without content: what ends a stream of parts (RFC 1951, 3.2.6).
constexpr std::uint8_t kLastBlock[] = {3, 0};

}  // namespace

Result<ArchiveEncoder> ArchiveEncoder::make(ArchiveFormat format, int level) {
    switch (format) {
        case ArchiveFormat::tar:
            return ArchiveEncoder(format, 0);
        case ArchiveFormat::tar_zst:
            if (level == 0) level = zstd::kDefaultLevel;
            if (level < zstd::kMinLevel || level > zstd::kMaxLevel)
                return fail(ErrorKind::usage, "export", std::to_string(level),
                            "zstd has no such level");
            return ArchiveEncoder(format, level);
        case ArchiveFormat::tar_gz:
            if (level == 0) level = gzip::kDefaultLevel;
            if (level < gzip::kMinLevel || level > gzip::kMaxLevel)
                return fail(ErrorKind::usage, "export", std::to_string(level),
                            "gzip has no such level", "give 1 to 12");
            return ArchiveEncoder(format, level);
        case ArchiveFormat::zip:
        case ArchiveFormat::holt:
            break;  // not made of a tar
    }
    return fail(ErrorKind::usage, "export", "", "this format is not made of a tar");
}

Result<EncodedStretch> ArchiveEncoder::encode(EncoderScratch& scratch) const {
    if (format_ == ArchiveFormat::tar_zst) return encode_zstd(scratch, level_);
    if (format_ == ArchiveFormat::tar_gz) return encode_gzip(scratch, level_);
    const std::size_t size = scratch.raw.size();
    return EncodedStretch{.bytes = std::exchange(scratch.raw, {}), .raw_size = size};
}

Bytes ArchiveEncoder::head() const {
    if (format_ != ArchiveFormat::tar_gz) return {};
    const gzip::HeaderFields fields{.extra_flags = gzip::plan_of(level_).extra_flags};
    Bytes head(gzip::header_size(fields));
    gzip::write_header(fields, 0, head.data());
    return head;
}

void ArchiveTail::add(const EncodedStretch& stretch) {
    crc_ = gzip::crc32_combine(crc_, stretch.crc, stretch.raw_size);
    raw_size_ += stretch.raw_size;
    if (format_ != ArchiveFormat::tar_zst) return;
    frames_.emplace_back(static_cast<std::uint32_t>(stretch.bytes.size()),
                         static_cast<std::uint32_t>(stretch.raw_size));
}

Result<Bytes> ArchiveTail::finish() const {
    if (format_ == ArchiveFormat::tar_gz) return finish_gzip();
    return finish_zstd();
}

Bytes ArchiveTail::finish_gzip() const {
    Bytes tail(sizeof kLastBlock + gzip::kTrailer);
    std::ranges::copy(kLastBlock, tail.begin());
    gzip::write_trailer(crc_, static_cast<std::uint32_t>(raw_size_),
                        tail.data() + sizeof kLastBlock);
    return tail;
}

Bytes ArchiveTail::finish_zstd() const {
    Bytes table;
    const std::size_t size = frames_.size() * kEntrySize + kFooterSize;
    // A skippable frame states its size in 32 bits: enough for 536 million frames.
    if (format_ != ArchiveFormat::tar_zst || size > 0xFFFFFFFFu) return table;
    table.reserve(kHeadSize + size);
    put(table, kSkippable);
    put(table, static_cast<std::uint32_t>(size));
    for (const auto& [stored, raw] : frames_) {
        put(table, stored);
        put(table, raw);
    }
    put(table, static_cast<std::uint32_t>(frames_.size()));
    table.push_back(0);
    put(table, kSeekable);
    return table;
}

}  // namespace holt::store
