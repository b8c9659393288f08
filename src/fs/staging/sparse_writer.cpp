#include "fs/staging/sparse_writer.h"

#include <algorithm>
#include <cstring>

namespace holt::fs {
namespace {

constexpr std::size_t kBlock = 4096;

bool is_zeros(ByteView bytes) noexcept {
    return bytes[0] == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0;
}

}  // namespace

Status SparseWriter::write(ByteView bytes) {
    while (!bytes.empty()) {
        // The stretch of blocks, from here on, that are all data or all holes.
        std::size_t size = 0;
        bool hole = false;
        while (size < bytes.size()) {
            const std::size_t in_block = kBlock - static_cast<std::size_t>((at_ + size) % kBlock);
            const std::size_t piece = std::min(in_block, bytes.size() - size);
            const bool empty = piece == kBlock && is_zeros(bytes.subspan(size, piece));
            if (size == 0) hole = empty;
            if (empty != hole) break;
            size += piece;
        }
        if (!hole) HOLT_TRY(write_at_(at_, bytes.first(size)));
        hole_before_ = hole;
        at_ += size;
        bytes = bytes.subspan(size);
    }
    return {};
}

Status SparseWriter::finish() {
    static constexpr std::uint8_t kZero[1] = {0};
    if (!hole_before_) return {};
    hole_before_ = false;
    return write_at_(at_ - 1, kZero);
}

}  // namespace holt::fs
