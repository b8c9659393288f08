// A .holt file: snapshots and the packs that they need, in one file that is written and read from
// front to back.
//
//   header   32 bytes: magic "holtfile", version u32, length of the index u32, zeros 16
//   index    magic "hidx"; varint count of snapshots, for each its id and its name (text); varint
//            count of bases, for each its id; varint count of packs, for each its id and its length
//            in bytes (varint); extension fields (wire.h)
//   packs    byte for byte, in the index's order; each describes itself (pack_format.h)
//   trailer  48 bytes: digest of all that stands before, zeros 8, magic "holtfend"
//
// The index comes first, so that a reader knows what will come, and can refuse it, before it takes
// any of it. Bases are snapshots that whoever imports has to have: what they hold is not in the
// packs. docs/FORMAT.md has the byte table. Thread rule: values and pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <holt/digest.hpp>
#include "base/bytes.h"
#include "base/error.h"

namespace holt::store {

inline constexpr std::uint32_t kHoltFileVersion = 2;
inline constexpr std::size_t kHoltHeaderSize = 32, kHoltTrailerSize = 48;
/// 40 bytes a pack: 26 TB in packs of 32 MiB.
inline constexpr std::uint32_t kMaxHoltIndex = 32u << 20;

struct HoltIndex {
    struct Snapshot {
        Digest id{};
        std::string name{};  ///< as the exporting store knew it, or empty
    };
    struct Pack {
        Digest id{};
        std::uint64_t bytes = 0;
    };
    std::vector<Snapshot> snapshots;
    std::vector<Digest> bases;
    std::vector<Pack> packs;
    Bytes fields{};  ///< extension fields as encoded
};

using HoltHeader = std::array<std::uint8_t, kHoltHeaderSize>;
using HoltTrailer = std::array<std::uint8_t, kHoltTrailerSize>;

HoltHeader encode_holt_header(std::uint32_t index_size) noexcept;
/// The index's length. A version that is not known here is `no_store`.
Result<std::uint32_t> decode_holt_header(const HoltHeader& bytes, const std::string& shown);
Bytes encode_holt_index(const HoltIndex& index);
/// Refuses, as corrupt, what encode_holt_index would not have written.
Result<HoltIndex> decode_holt_index(ByteView bytes, const std::string& shown);
HoltTrailer encode_holt_trailer(const Digest& content) noexcept;

}  // namespace holt::store
