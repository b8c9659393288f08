#include "codec/gzip/block_encoder.h"

#include <algorithm>
#include <optional>

#include "base/endian.h"
#include "codec/gzip/buffer.h"
#include "codec/gzip/crc32.h"
#include "codec/gzip/open_end.h"

namespace holt::gzip {
namespace {

/// A stored block carries at most so much (RFC 1951 3.2.4: LEN has 16 bits), behind 5 bytes.
constexpr std::size_t kStoredMax = 65535, kStoredHead = 5;
/// So much of a block is compressed quickly to tell whether its matches are dense.
constexpr std::size_t kProbe = 64 * 1024;

constexpr std::size_t stored_size(std::size_t content) noexcept {
    const std::size_t blocks = std::max<std::size_t>(1, (content + kStoredMax - 1) / kStoredMax);
    return content + blocks * kStoredHead;
}

/// Deflate without compression, which always fits stored_size(), and a joint where that is its end.
std::size_t store(ByteView content, StreamEnd end, std::uint8_t* out) noexcept {
    std::uint8_t* const begin = out;
    const std::uint8_t last = end == StreamEnd::last_block ? 1 : 0;
    do {
        const std::size_t size = std::min(content.size(), kStoredMax);
        *out++ = size == content.size() ? last : 0;  // BFINAL, and BTYPE 00
        store_le(out, static_cast<std::uint16_t>(size));
        store_le(out + 2, static_cast<std::uint16_t>(~size));
        out = std::copy_n(content.data(), size, out + 4);
        content = content.subspan(size);
    } while (!content.empty());
    if (end == StreamEnd::joint) {
        *out++ = 0;
        out = std::ranges::copy(kJoint, out).out;
    }
    return static_cast<std::size_t>(out - begin);
}

/// Whether these bytes end as a joint does.
bool ends_in_joint(ByteView part) noexcept {
    return part.size() >= kJoint.size() && equal(part.last(kJoint.size()), kJoint);
}

}  // namespace

struct BlockEncoder::Impl {
    explicit Impl(const LevelPlan& p) : plan(p) {
        if (plan.engine == Engine::isal) {
            isal.emplace(plan.engine_level);
            return;
        }
        normal.emplace(plan.engine_level);
        if (plan.dense_level != plan.engine_level) {
            probe.emplace(1);
            dense.emplace(plan.dense_level);
        }
    }

    bool is_dense(ByteView content) {
        const ByteView sample = content.first(std::min(content.size(), kProbe));
        scratch.resize(stored_size(kProbe));
        const std::size_t size = probe->deflate(sample, scratch.span());
        return size > 0 && size * kDense < sample.size();
    }

    /// The size; 0 where it does not fit `room` bytes of `out`. For a joint there is more behind
    /// these, EndOpener::kRoom bytes.
    std::size_t deflate(ByteView content, StreamEnd end, std::size_t room, std::uint8_t* out) {
        if (isal) {
            const std::size_t most = end == StreamEnd::joint ? room + kMaxJoint : room;
            const std::size_t size = isal->deflate(content, {out, most}, end);
            return end == StreamEnd::last_block || ends_in_joint({out, size}) ? size : 0;
        }
        LibdeflateEngine& engine = dense && is_dense(content) ? *dense : *normal;
        const std::size_t size = engine.deflate(content, {out, room});
        if (size == 0 || end == StreamEnd::last_block) return size;
        return opener.open(out, size);
    }

    LevelPlan plan;
    std::optional<LibdeflateEngine> normal{}, dense{}, probe{};
    std::optional<IsalEngine> isal{};
    EndOpener opener{};
    Buffer scratch{};
};

BlockEncoder::BlockEncoder(const LevelPlan& plan) : impl_(std::make_unique<Impl>(plan)) {}
BlockEncoder::BlockEncoder(BlockEncoder&&) noexcept = default;
BlockEncoder& BlockEncoder::operator=(BlockEncoder&&) noexcept = default;
BlockEncoder::~BlockEncoder() = default;

std::size_t BlockEncoder::bound(std::size_t content, const HeaderFields& fields) noexcept {
    return header_size(fields) + stored_size(content) + kTrailer;
}

std::size_t BlockEncoder::encode(ByteView content, const HeaderFields& fields,
                                 MutableByteView out) {
    const std::size_t head = header_size(fields);
    const Part part = encode_stream(content, StreamEnd::last_block, out.data() + head);
    const std::size_t total = head + part.size + kTrailer;
    write_header(fields, total, out.data());
    write_trailer(part.crc, static_cast<std::uint32_t>(content.size()),
                  out.data() + head + part.size);
    return total;
}

std::size_t BlockEncoder::part_bound(std::size_t content) noexcept {
    return stored_size(content) + EndOpener::kRoom;
}

BlockEncoder::Part BlockEncoder::encode_part(ByteView content, StreamEnd end, MutableByteView out) {
    return encode_stream(content, end, out.data());
}

BlockEncoder::Part BlockEncoder::encode_stream(ByteView content, StreamEnd end, std::uint8_t* out) {
    // No room for more than stored blocks take: what does not fit there is stored.
    const std::size_t room = stored_size(content.size());
    std::size_t size = impl_->deflate(content, end, room, out);
    if (size == 0) size = store(content, end, out);
    return {.size = size, .crc = crc32(0, content)};
}

}  // namespace holt::gzip
