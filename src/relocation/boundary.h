// Where a path begins and ends among the bytes around it.
//
// A path ends at a byte that is none of [A-Za-z0-9_.-], and begins behind one that is no part of a
// path. Text has more to say: a letter of another alphabet goes on with a name and a quotation mark
// does not, a letter may be the end of an escape ("\n") or of an option ("-isystem"), and "%20" is
// a part of a name. In binary files a length may stand right before a path, and look like a letter.
// Thread rule: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace holt::relocation {

/// [A-Za-z0-9_.-]
bool is_name_byte(std::uint8_t byte) noexcept;

/// Whether a path can begin at `at`, where the text is UTF-8, or of one byte a character.
bool begins_in_text(ByteView text, std::size_t at) noexcept;
/// Whether a path that goes as far as `end` ends there.
bool ends_in_text(ByteView text, std::size_t end) noexcept;

/// The same in content of any kind. `length`: of the path.
bool begins_in_binary(ByteView content, std::size_t at, std::size_t length) noexcept;
bool ends_in_binary(ByteView content, std::size_t at, std::size_t length) noexcept;

}  // namespace holt::relocation
