// How gzip names its outputs: which suffixes it knows, what it puts in their place.
// Thread rule: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holt::cli {

inline constexpr std::string_view kGzipSuffix = ".gz";

/// Usable as a suffix: not empty, no folder in it, not longer than gzip takes.
bool is_gzip_suffix(std::string_view suffix) noexcept;

/// The suffix that `name` ends in, `own` first, then those that gzip knows, upper case or lower;
/// empty when there is none.
std::string gzip_suffix_of(std::string_view name, std::string_view own);

/// The name without its suffix: "a.gz" is "a", "a.tgz" is "a.tar". Nothing when it has none.
std::optional<std::string> without_gzip_suffix(const std::string& name, std::string_view own);

/// What to look for when a file to be decompressed is not there under its name.
std::vector<std::string> gzip_candidates(const std::string& name, std::string_view own);

/// A name stored in a header, as a name beside `input`; nothing when it is none that can be used.
std::optional<std::string> beside(const std::string& input, std::string_view stored);

}  // namespace holt::cli
