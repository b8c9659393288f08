// The strings of files that say where each begins and ends, so that nothing has to be guessed from
// the bytes around a path.
//
//   pickle  the opcodes of protocols 0 to 5, each followed by an argument of a known form
//   SQLite  the columns of the records in the cells of b-tree pages; what goes on in an overflow
//           page is not among them
// Walked without recursion; every length is checked. Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"

namespace holt::relocation {

struct StringSpan {
    std::size_t begin = 0, length = 0;
    enum class Coding : std::uint8_t { utf8, ascii, bytes } coding = Coding::utf8;
    bool goes_on = false;  ///< elsewhere in the file

    std::size_t end() const noexcept { return begin + length; }
};

/// All strings of one or several pickles, ascending; nothing when the file is anything else.
std::optional<std::vector<StringSpan>> pickle_strings(ByteView file);

/// Texts and blobs, ascending; none where the database is damaged or not UTF-8.
std::vector<StringSpan> sqlite_strings(ByteView file);

}  // namespace holt::relocation
