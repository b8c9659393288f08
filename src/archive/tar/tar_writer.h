// Writes tar headers: POSIX ustar, with extended headers (pax) for what does not fit.
//
// One form for each entry, whatever the machine, the locale or the time: a record stands there only
// when the header cannot say it, in a fixed order; owners are numbers, without names. Names are
// bytes: one that has to go into a record and is no UTF-8 is announced by hdrcharset=BINARY. Sparse
// files are in GNU's format 1.0. Thread rule: pure functions.
#pragma once

#include <string>

#include "base/bytes.h"
#include "store/format/tree.h"

namespace holt::store::tar {

/// Appends all that stands before an entry's content, the map of a sparse file included. `path`
/// from the archive's root; "" is the root. `link_to`: for a further name of a file, the path of
/// the first; else empty.
void append_header(Bytes& out, const TreeEntry& entry, const std::string& path,
                   const std::string& link_to);

/// What lies between the holes.
std::vector<fs::Range> data_ranges(const TreeEntry& entry);

/// Bytes of content that follow the header of a file; to be filled up to a whole block.
std::uint64_t stored_size(const TreeEntry& entry) noexcept;

/// The end of the archive: two blocks of zeros.
inline constexpr std::size_t kEndSize = 2 * 512;

}  // namespace holt::store::tar
