// The options of holt zstd: what zstd(1) takes, read into what the library is asked to do.
// Thread rule: the main thread.
#pragma once

#include <holt/zstd.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace holt::cli {

inline constexpr char kStdin[] = "-";

class ZstdArgs {
  public:
    enum class Action : std::uint8_t { filter, list, train, bench, version };

    void define(CLI::App& app);
    /// Checks that what was given makes sense together, and works out the members below.
    Status complete();

    // What was given.
    std::vector<std::string> files{};
    std::string output{};  ///< empty: none was given
    bool to_stdout = false;
    bool recursive = false;

    // Worked out.
    Action action = Action::filter;
    ZstdOptions options{};
    int last_level = 0;          ///< benchmark: the last one
    double bench_seconds = 3;    ///< benchmark: for each way and level
    std::uint64_t max_dict = 0;  ///< training: bytes; 0: the default
    std::uint32_t dict_id = 0;   ///< training: 0: derived from the content
    bool no_progress = false;

    bool reads_stdin() const;
    bool data_to_stdout() const;

  private:
    void define_levels(CLI::App& app);
    void define_modes(CLI::App& app);
    void define_files(CLI::App& app);
    void define_frame(CLI::App& app);
    void define_tools(CLI::App& app);
    Status choose_action();
    Status check_output() const;
    Status read_level();
    Status read_window();
    Status read_numbers();
    Status read_tool_numbers();

    std::string level_, fast_, threads_, long_, memory_, stream_size_, size_hint_, format_;
    std::string first_level_, last_level_, seconds_, max_dict_, dict_id_;
    bool ultra_ = false, compress_ = false, decompress_ = false, test_ = false;
    bool keep_ = false, remove_ = false, check_ = false, no_check_ = false;
    bool content_size_ = false, no_content_size_ = false;
    bool pass_through_ = false, no_pass_through_ = false, progress_ = false;
    bool list_ = false, train_ = false, version_ = false;
    CLI::Option *level_option_ = nullptr, *fast_option_ = nullptr, *threads_option_ = nullptr,
                *long_option_ = nullptr, *output_option_ = nullptr, *memory_option_ = nullptr,
                *stream_size_option_ = nullptr, *size_hint_option_ = nullptr,
                *format_option_ = nullptr, *bench_option_ = nullptr, *last_option_ = nullptr,
                *seconds_option_ = nullptr, *max_dict_option_ = nullptr, *id_option_ = nullptr;
};

}  // namespace holt::cli
