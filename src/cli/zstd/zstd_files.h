// The files that holt zstd works on: what each output is called, and what lies in folders.
// Thread rule: pure functions.
#pragma once

#include <holt/error.hpp>
#include <holt/zstd.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace holt::cli {

/// The output for an input, as zstd names it; nothing when a compressed file's name ends in
/// neither .zst nor .tzst.
std::optional<std::string> zstd_output_name(const std::string& input, ZstdMode mode);

/// Each folder replaced by the regular files in it and in its folders, by name. Links below a
/// folder are left out, as zstd does; what cannot be read goes to `left_out`.
std::vector<std::string> files_below(const std::vector<std::string>& names,
                                     const std::function<void(const Error&)>& left_out);

}  // namespace holt::cli
