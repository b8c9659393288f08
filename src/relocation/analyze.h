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

/// `path` is the file's, from the prefix's folder; `hits` are all that Finder found in `content`.
/// Nothing when the file names the folder nowhere, or its form stored would not give the original
/// back. With Layout::same_length every hit has a place.
std::optional<Relocation> analyze(ByteView content, std::string_view path, const Prefixes& prefixes,
                                  const std::vector<Hit>& hits, Layout layout);

}  // namespace holt::relocation
