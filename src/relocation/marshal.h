// The strings of a .pyc file (CPython 3.7 to 3.14), in marshal's format.
//
// A string states its length in one byte or four, and nothing around it counts bytes: so a string
// can be made longer by its own header alone. Walked without recursion; every length is checked.
// Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace holt::relocation {

/// A string, or bytes, as they stand in the file.
struct MarshalString {
    std::size_t header = 0;  ///< of the type byte
    std::size_t begin = 0;   ///< of the content
    std::uint32_t length = 0;
    std::uint8_t type = 0;  ///< with FLAG_REF

    bool is_bytes() const noexcept { return (type & 0x7F) == 's'; }
};

/// All strings of a whole .pyc file, ascending; nothing when it is none that is known to the byte.
std::optional<std::vector<MarshalString>> marshal_strings(ByteView file);

/// What a string is to hold.
enum class Letters : std::uint8_t { ascii, any };
/// The type and length bytes of a string; a length that one byte cannot hold takes the long form,
/// and what is not ASCII the type that says so.
std::string marshal_header(std::uint8_t type, std::uint64_t length, Letters letters);

inline constexpr std::size_t kPycHeader = 16;  ///< magic, flags, time and size of the source
inline constexpr std::size_t kPycFlags = 4, kPycTime = 8, kPycSize = 12;

}  // namespace holt::relocation
