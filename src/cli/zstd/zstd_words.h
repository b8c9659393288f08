// What zstd says about files that it has filtered, word by word, since scripts read it. Thread
// rule: pure functions.
#pragma once

#include <holt/error.hpp>
#include <holt/zstd.hpp>
#include <holt/zstd/tools.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace holt::cli {

/// What zstd calls standard input and output.
inline constexpr char kPlainStdin[] = "/*stdin*\\";
inline constexpr char kPlainStdout[] = "/*stdout*\\";
/// What Holt calls them.
inline constexpr char kStdinName[] = "standard input";
inline constexpr char kStdoutName[] = "standard output";

/// A size as zstd prints it: "4.88 KiB" with the number right-aligned in `width` columns and the
/// unit in `unit_width`.
std::string zstd_size(std::uint64_t bytes, int width = 0, int unit_width = 0);

/// The line about one file. `output` is what its output is called.
std::string zstd_file_line(ZstdMode mode, const std::string& input, const std::string& output,
                           const ZstdReport& report);
/// The line about several.
std::string zstd_files_line(ZstdMode mode, std::uint64_t files, const ZstdReport& total);

/// What an encoder is set to: as lines for people, and as the value that --zstd= takes.
std::string zstd_parameters_text(const std::string& input, std::optional<std::uint64_t> size,
                                 const ZstdParameters& parameters);
std::string zstd_settings_line(const ZstdParameters& parameters);

/// zstd's exit code for an error with one of its inputs.
int zstd_exit_code(const Error& error) noexcept;

/// The whole line about an error with `name`. `called`: the program's name, which stands in front
/// of what is not about the data.
std::string zstd_error_text(const std::string& called, const std::string& name, const Error& error);

}  // namespace holt::cli
