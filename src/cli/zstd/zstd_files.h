// The files that holt zstd works on: what each output is called, and what lies in folders and in
// lists. Thread rule: the main thread.
#pragma once

#include <holt/error.hpp>
#include <holt/zstd.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "cli/zstd/zstd_args.h"

namespace holt::cli {

/// The output for an input, as zstd names it; nothing when a compressed file's name has no suffix
/// that says so.
std::optional<std::string> zstd_output_name(const std::string& input, const ZstdOptions& options);
/// The suffixes that are taken, for messages.
inline constexpr char kZstdSuffixes[] = ".zst/.tzst/.zstd/.gz/.tgz";
/// A name that says that its file is compressed already, by whatever program.
bool is_compressed_name(const std::string& name);

/// `name` in a folder, without the folders it is in itself.
std::string in_flat_folder(const std::string& folder, const std::string& name);
/// `name` below a folder, with all the folders it is in, which are made where `input` is there. An
/// error for an input whose path leads out of it.
Result<std::string> in_mirror_folder(const std::string& folder, const std::string& input,
                                     const std::string& name);

/// What is told about names that are left out.
struct ZstdLeftOut {
    std::function<void(const std::string& name)> link;
    std::function<void(const Error&)> unreadable;
};

/// The names to work on: without symlinks unless they are followed, with those in lists, and with
/// -r each folder replaced by the regular files in it and in its folders, by name.
Result<std::vector<std::string>> zstd_names(const ZstdArgs& args, const ZstdLeftOut& left_out);

}  // namespace holt::cli
