// From a file's content, and where it names the folder, to what is to be done with each place.
// Thread rule: pure functions.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "relocation/finder.h"
#include "relocation/relocation.h"

namespace holt::relocation {

/// What kind of file it is, by its content and name.
Class class_of(ByteView content, std::string_view path) noexcept;

/// Where a file stands: the path from the folder of that number.
struct Where {
    std::string_view path;
    std::size_t folder = 0;
};

/// `hits` are all that Finder found in `content`. Nothing when the file names the folders nowhere,
/// or its form stored would not give the original back. With Layout::same_length every hit has a
/// place.
std::optional<Relocation> analyze(ByteView content, const Where& where, const Prefixes& prefixes,
                                  const std::vector<Hit>& hits, Layout layout);

}  // namespace holt::relocation
