// What a snapshot's record says for the cache, as extension fields (wire.h): they must outlive the
// catalog.
//
//   tag 1   scope       text, absent for "main". Odd: who does not know it would show the snapshot
//                       to readers that it is not for
//   tag 4   producer    text: "user@host"
//   tag 6   build time  varint, milliseconds
//   tag 8   folders     varint, 2 to 99: the root holds so many folders, named 01, 02, ..., which
//                       were saved together. Absent: the root is the one that was saved
//   tag 10  inputs      the list behind its key (keys/key_list.h)
// Thread rule: values and pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "store/format/wire.h"

namespace holt::store {

inline constexpr std::uint64_t kScopeField = 1;
inline constexpr std::size_t kMostFolders = 99;
inline constexpr std::size_t kMaxScope = 255;  ///< bytes

struct CacheFields {
    std::string scope{};  ///< empty: main
    Bytes inputs{};       ///< encoded; empty: not known
    std::string producer{};
    std::optional<std::uint64_t> build_ms{};
    std::uint64_t folders = 1;
    bool operator==(const CacheFields&) const = default;
};

Bytes encode_cache_fields(const CacheFields& fields);
/// Of fields that WireReader::fields has accepted; what is out of range there counts as absent.
CacheFields decode_cache_fields(ByteView encoded);

/// "01": the name of one of several folders, counted from 0.
std::string cache_folder_name(std::size_t number);

}  // namespace holt::store
