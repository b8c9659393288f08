#include "cli/zstd/zstd_args.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <limits>

#include "cli/parse/options.h"

namespace holt::cli {
namespace {

constexpr unsigned kDefaultLongLog = 27;
constexpr unsigned kMaxWindowLog = 31;
constexpr int kMostThreads = 256;

}  // namespace

void ZstdArgs::define(CLI::App& app) {
    add_operands(app, "FILE", files, "the files; - is standard input");
    define_levels(app);
    define_modes(app);
    define_files(app);
    define_frame(app);
    define_tools(app);
}

void ZstdArgs::define_levels(CLI::App& app) {
    const ZstdLevels levels = zstd_levels();
    level_option_ = add_value(app, "-#,--level", level_, "N",
                              fmt::format("level, -1 (fast) to -{} (small); {} unless given",
                                          levels.max, levels.standard));
    fast_option_ =
        add_value(app, "--fast", fast_, "N",
                  fmt::format("faster and larger than level 1, --fast=1 to --fast={}", -levels.min))
            ->expected(0, 1);
    add_switch(app, "--ultra", ultra_,
               fmt::format("allow levels up to -{}, which take up to 128 MiB to decompress",
                           levels.ultra));
    long_option_ = add_value(app, "--long", long_, "N",
                             "find repeats that are up to 2^N bytes apart, 27 unless given; "
                             "decompress: allow such windows")
                       ->expected(0, 1);
    threads_option_ =
        add_value(app, "-T,--threads", threads_, "#",
                  "compress on so many threads, 0 for one on each core; the output is the same");
    add_switch(app, "--single-thread", options.single_thread,
               "read, compress and write on one thread");
}

void ZstdArgs::define_modes(CLI::App& app) {
    add_switch(app, "-z,--compress", compress_, "compress (the default)");
    add_switch(app, "-d,--decompress,--uncompress", decompress_, "decompress");
    add_switch(app, "-t,--test", test_, "only check that compressed files are whole");
    add_switch(app, "-l,--list", list_, "tell what is in compressed files; -v: in each frame");
}

void ZstdArgs::define_files(CLI::App& app) {
    add_switch(app, "-c,--stdout,--to-stdout", to_stdout,
               "write to standard output, keep the inputs");
    output_option_ = add_value(app, "-o,--output", output, "OUT", "write to the file OUT");
    add_switch(app, "-f,--force", options.overwrite, "overwrite outputs; write to a terminal too");
    add_switch(app, "-k,--keep", keep_, "keep the inputs (the default)");
    add_switch(app, "--rm", remove_, "remove each input after success");
    add_switch(app, "-r,--recursive", recursive, "take the files in folders, and in theirs");
    add_switch(app, "--progress", progress_, "show progress (the default on a terminal)");
    add_switch(app, "--no-progress", no_progress, "show no progress");
    add_switch(app, "--pass-through", pass_through_,
               "with -d: copy what is no .zst as it is (the default with -dcf)");
    add_switch(app, "--no-pass-through", no_pass_through_, "never");
}

void ZstdArgs::define_frame(CLI::App& app) {
    add_value(app, "-D,--dictionary", options.dictionary, "DICT",
              "use the dictionary in the file DICT, both ways");
    add_switch(app, "-C,--check", check_, "add and check checksums (the default)");
    add_switch(app, "--no-check", no_check_, "neither add nor check checksums");
    add_switch(app, "--content-size", content_size_,
               "state the content's size in the frame where it is known (the default)");
    add_switch(app, "--no-content-size", no_content_size_, "do not");
    stream_size_option_ = add_value(app, "--stream-size", stream_size_, "SIZE",
                                    "standard input has exactly SIZE bytes");
    size_hint_option_ = add_value(app, "--size-hint", size_hint_, "SIZE",
                                  "accepted; the beginning of the input is looked at instead");
    memory_option_ = add_value(app, "-M,--memory,--memlimit,--memlimit-decompress", memory_, "SIZE",
                               "decompress: the largest window to allow (128MiB)");
    format_option_ = add_value(app, "--format", format_, "FORMAT", "zstd is the only one");
}

void ZstdArgs::define_tools(CLI::App& app) {
    bench_option_ = add_value(app, "-b", first_level_, "#",
                              "measure speed and ratio on the files, at this level");
    last_option_ = add_value(app, "-e", last_level_, "#", "with -b: up to this level");
    seconds_option_ =
        add_value(app, "-i", seconds_, "#", "with -b: seconds for each level and way (3)");
    add_switch(app, "--train", train_, "make a dictionary of the files, many small samples");
    max_dict_option_ =
        add_value(app, "--maxdict", max_dict_, "SIZE", "with --train: the largest size (110KiB)");
    id_option_ = add_value(app, "--dictID", dict_id_, "N", "with --train: the dictionary's id");
    add_switch(app, "-V,--version", version_, "print the version and exit");
}

bool ZstdArgs::reads_stdin() const {
    return std::ranges::find(files, kStdin) != files.end();
}

bool ZstdArgs::data_to_stdout() const {
    if (action != Action::filter || options.mode == ZstdMode::test || !output.empty()) return false;
    return to_stdout || reads_stdin();
}

Status ZstdArgs::complete() {
    HOLT_TRY(choose_action());
    if (action == Action::version) return {};
    HOLT_TRY(check_output());
    if (check_ && no_check_) return usage_error("zstd", "-C does not go with --no-check");
    if (content_size_ && no_content_size_)
        return usage_error("zstd", "--content-size does not go with --no-content-size");
    options.checksum = !no_check_;
    options.state_size = !no_content_size_;
    // As zstdcat is meant to be used on anything.
    options.pass_through = options.mode == ZstdMode::decompress && !no_pass_through_ &&
                           (pass_through_ || (options.overwrite && to_stdout));
    if (progress_) no_progress = false;
    if (format_option_->count() > 0 && format_ != "zstd")
        return usage_error(
            "zstd", fmt::format("--format={} is not known here, only zstd", printable(format_)));
    HOLT_TRY(read_level());
    HOLT_TRY(read_window());
    HOLT_TRY(read_numbers());
    return read_tool_numbers();
}

Status ZstdArgs::choose_action() {
    const bool bench = bench_option_->count() > 0;
    if (list_ + train_ + bench + test_ > 1)
        return usage_error("zstd", "-t, -l, --train and -b do not go together");
    if (compress_ && (decompress_ || test_))
        return usage_error("zstd", "-z does not go with -d or -t");
    action = version_ ? Action::version
             : list_  ? Action::list
             : train_ ? Action::train
             : bench  ? Action::bench
                      : Action::filter;
    if (action == Action::filter && files.empty()) files.push_back(kStdin);
    if (action != Action::filter && action != Action::version && files.empty())
        return usage_error("zstd", "no FILE is named");
    if (action != Action::filter && reads_stdin())
        return usage_error("zstd", "standard input will not do for this; name files");
    options.mode = test_ ? ZstdMode::test : decompress_ ? ZstdMode::decompress : ZstdMode::compress;
    return {};
}

Status ZstdArgs::check_output() const {
    const bool named = output_option_->count() > 0;
    if (named && output.empty()) return usage_error("zstd", "-o needs a file's name");
    if (test_ && named) return usage_error("zstd", "-t writes nothing and takes no -o");
    if (named && to_stdout) return usage_error("zstd", "-o does not go with -c");
    if (named && (action == Action::list || action == Action::bench))
        return usage_error("zstd", "-l and -b write nothing and take no -o");
    if (named && action == Action::filter && (files.size() > 1 || recursive))
        return usage_error("zstd",
                           "-o takes one input; use -c and '>' to write several into one file");
    if (remove_ && !keep_ && (to_stdout || action != Action::filter || test_))
        return usage_error("zstd", "--rm does not go with -c or -t: no file replaces the input");
    return {};
}

Status ZstdArgs::read_level() {
    const ZstdLevels levels = zstd_levels();
    // Of two contradicting wishes, the one that loses nothing.
    options.remove_source = remove_ && !keep_;
    const auto checked = [&](Origin from, std::string_view text) -> Result<int> {
        HOLT_TRY_LET(level, parse_integer(from, text, 1, levels.ultra));
        if (level > levels.max && !ultra_)
            return usage_error("zstd", fmt::format("levels above {} need --ultra", levels.max));
        return static_cast<int>(level);
    };
    if (level_option_->count() > 0) {
        HOLT_TRY_LET(level, checked({"zstd", "the level"}, level_));
        options.level = level;
    }
    if (fast_option_->count() > 0) {
        if (level_option_->count() > 0)
            return usage_error("zstd", "--fast does not go with a level");
        const std::string_view text = fast_.empty() ? "1" : std::string_view(fast_);
        HOLT_TRY_LET(level, parse_integer({"zstd", "--fast"}, text, 1, -levels.min));
        options.level = -static_cast<int>(level);
    }
    if (action == Action::bench && !first_level_.empty()) {
        HOLT_TRY_LET(level, checked({"zstd", "-b"}, first_level_));
        options.level = level;
    }
    last_level = options.level;
    if (last_option_->count() == 0) return {};
    if (action != Action::bench) return usage_error("zstd", "-e goes with -b only");
    HOLT_TRY_LET(level, checked({"zstd", "-e"}, last_level_));
    last_level = level;
    return {};
}

Status ZstdArgs::read_window() {
    if (long_option_->count() > 0) {
        std::int64_t log = kDefaultLongLog;
        if (!long_.empty()) {
            HOLT_TRY_LET(given, parse_integer({"zstd", "--long"}, long_, 10, kMaxWindowLog));
            log = given;
        }
        options.long_window_log = static_cast<unsigned>(log);
        options.window_limit = std::max(options.window_limit, std::uint64_t{1} << log);
    }
    if (memory_option_->count() == 0) return {};
    HOLT_TRY_LET(memory, parse_size({"zstd", "--memory"}, memory_));
    options.window_limit = memory;
    return {};
}

Status ZstdArgs::read_numbers() {
    if (threads_option_->count() > 0 && !threads_.empty()) {
        HOLT_TRY_LET(threads, parse_integer({"zstd", "-T"}, threads_, 0, kMostThreads));
        options.threads = static_cast<unsigned>(threads);
    } else if (threads_option_->count() > 0) {
        options.threads = 0;
    }
    if (size_hint_option_->count() > 0) HOLT_TRY(parse_size({"zstd", "--size-hint"}, size_hint_));
    if (stream_size_option_->count() == 0) return {};
    HOLT_TRY_LET(size, parse_size({"zstd", "--stream-size"}, stream_size_));
    options.stream_size = size;
    return {};
}

Status ZstdArgs::read_tool_numbers() {
    if (seconds_option_->count() > 0) {
        if (action != Action::bench) return usage_error("zstd", "-i goes with -b only");
        HOLT_TRY_LET(time, parse_integer({"zstd", "-i"}, seconds_, 0, 3600));
        bench_seconds = static_cast<double>(time);
    }
    if (action != Action::train && max_dict_option_->count() + id_option_->count() > 0)
        return usage_error("zstd", "--maxdict and --dictID go with --train only");
    if (max_dict_option_->count() > 0) {
        HOLT_TRY_LET(size, parse_size({"zstd", "--maxdict"}, max_dict_));
        max_dict = size;
    }
    if (id_option_->count() == 0) return {};
    HOLT_TRY_LET(id, parse_integer({"zstd", "--dictID"}, dict_id_, 1,
                                   std::numeric_limits<std::uint32_t>::max()));
    dict_id = static_cast<std::uint32_t>(id);
    return {};
}

}  // namespace holt::cli
