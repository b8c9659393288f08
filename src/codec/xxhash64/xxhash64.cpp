#include "codec/xxhash64/xxhash64.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/endian.h"

namespace holt::zstd {
namespace {

constexpr std::uint64_t kP1 = 0x9E3779B185EBCA87;
constexpr std::uint64_t kP2 = 0xC2B2AE3D27D4EB4F;
constexpr std::uint64_t kP3 = 0x165667B19E3779F9;
constexpr std::uint64_t kP4 = 0x85EBCA77C2B2AE63;
constexpr std::uint64_t kP5 = 0x27D4EB2F165667C5;

constexpr std::uint64_t mix(std::uint64_t lane, std::uint64_t word) noexcept {
    return std::rotl(lane + word * kP2, 31) * kP1;
}

constexpr std::uint64_t merge(std::uint64_t hash, std::uint64_t lane) noexcept {
    return (hash ^ mix(0, lane)) * kP1 + kP4;
}

/// The last step: up to 31 bytes that fill no stripe, then the avalanche.
std::uint64_t finish(std::uint64_t hash, ByteView tail) noexcept {
    const std::uint8_t* at = tail.data();
    std::size_t left = tail.size();
    for (; left >= 8; at += 8, left -= 8)
        hash = std::rotl(hash ^ mix(0, load_le<std::uint64_t>(at)), 27) * kP1 + kP4;
    if (left >= 4) {
        hash = std::rotl(hash ^ (load_le<std::uint32_t>(at) * kP1), 23) * kP2 + kP3;
        at += 4;
        left -= 4;
    }
    for (; left > 0; ++at, --left) hash = std::rotl(hash ^ (*at * kP5), 11) * kP1;
    hash = (hash ^ (hash >> 33)) * kP2;
    hash = (hash ^ (hash >> 29)) * kP3;
    return hash ^ (hash >> 32);
}

}  // namespace

void XxHash64::update(ByteView input) noexcept {
    if (input.empty()) return;
    total_ += input.size();
    const std::uint8_t* at = input.data();
    std::size_t left = input.size();
    // The lanes live in registers here: stores through a member would keep them in memory.
    std::array<std::uint64_t, 4> lanes = lanes_;
    const auto stripe = [&lanes](const std::uint8_t* from) {
        for (std::size_t i = 0; i < 4; ++i)
            lanes[i] = mix(lanes[i], load_le<std::uint64_t>(from + 8 * i));
    };
    if (pending_size_ > 0) {
        const std::size_t take = std::min(left, kStripe - pending_size_);
        std::memcpy(pending_.data() + pending_size_, at, take);
        pending_size_ += take;
        at += take;
        left -= take;
        if (pending_size_ < kStripe) return;
        stripe(pending_.data());
        pending_size_ = 0;
    }
    for (; left >= kStripe; at += kStripe, left -= kStripe) stripe(at);
    lanes_ = lanes;
    if (left > 0) std::memcpy(pending_.data(), at, left);
    pending_size_ = left;
}

std::uint64_t XxHash64::digest() const noexcept {
    std::uint64_t hash = kP5;
    if (total_ >= kStripe) {
        hash = std::rotl(lanes_[0], 1) + std::rotl(lanes_[1], 7) + std::rotl(lanes_[2], 12) +
               std::rotl(lanes_[3], 18);
        for (const std::uint64_t lane : lanes_) hash = merge(hash, lane);
    }
    return finish(hash + total_, {pending_.data(), pending_size_});
}

std::uint64_t xxhash64(ByteView input) noexcept {
    XxHash64 hash;
    hash.update(input);
    return hash.digest();
}

}  // namespace holt::zstd
