#include "codec/gzip/block_encoder.h"

#include <libdeflate.h>

#include <algorithm>
#include <optional>

#include "base/endian.h"
#include "codec/gzip/buffer.h"
#include "codec/gzip/deflate_engines.h"

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

/// Deflate without compression, which always fits stored_size().
std::size_t store(ByteView content, std::uint8_t* out) noexcept {
    std::uint8_t* const begin = out;
    do {
        const std::size_t size = std::min(content.size(), kStoredMax);
        *out++ = size == content.size() ? 1 : 0;  // BFINAL, and BTYPE 00
        store_le(out, static_cast<std::uint16_t>(size));
        store_le(out + 2, static_cast<std::uint16_t>(~size));
        out = std::copy_n(content.data(), size, out + 4);
        content = content.subspan(size);
    } while (!content.empty());
    return static_cast<std::size_t>(out - begin);
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

    std::size_t deflate(ByteView content, MutableByteView out) {
        if (isal) return isal->deflate(content, out);
        if (dense && is_dense(content)) return dense->deflate(content, out);
        return normal->deflate(content, out);
    }

    LevelPlan plan;
    std::optional<LibdeflateEngine> normal{}, dense{}, probe{};
    std::optional<IsalEngine> isal{};
    Buffer scratch{};
};

BlockEncoder::BlockEncoder(const LevelPlan& plan) : impl_(std::make_unique<Impl>(plan)) {}
BlockEncoder::BlockEncoder(BlockEncoder&&) noexcept = default;
BlockEncoder& BlockEncoder::operator=(BlockEncoder&&) noexcept = default;
BlockEncoder::~BlockEncoder() = default;

std::size_t BlockEncoder::bound(std::size_t content, const HeaderFields& fields) noexcept {
    return header_size(fields) + stored_size(content) + kTrailer;
}

std::size_t BlockEncoder::deflate_bound(std::size_t content) noexcept {
    return stored_size(content);
}

std::size_t BlockEncoder::deflate(ByteView content, MutableByteView out) {
    // No room for more than stored blocks take: what does not fit there is stored.
    const std::size_t size = impl_->deflate(content, out.first(stored_size(content.size())));
    return size != 0 ? size : store(content, out.data());
}

std::size_t BlockEncoder::encode(ByteView content, const HeaderFields& fields,
                                 MutableByteView out) {
    const std::size_t head = header_size(fields);
    const std::size_t size = deflate(content, out.subspan(head));
    const std::size_t total = head + size + kTrailer;
    write_header(fields, total, out.data());
    write_trailer(libdeflate_crc32(0, content.data(), content.size()),
                  static_cast<std::uint32_t>(content.size()), out.data() + head + size);
    return total;
}

}  // namespace holt::gzip
