// holt zstd: compresses and decompresses .zst files and streams, with the flags of zstd(1).
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <holt/zstd.hpp>
#include <limits>
#include <optional>

#include "base/error.h"
#include "cli/command.h"
#include "cli/operation.h"
#include "cli/options.h"
#include "cli/text.h"

namespace holt::cli {
namespace {

constexpr char kStdin[] = "-";
constexpr char kStdinName[] = "standard input";
constexpr char kStdoutName[] = "standard output";

/// The output for an input, as zstd names it; nothing when a compressed file's name ends in
/// neither .zst nor .tzst.
std::optional<std::string> output_name(const std::string& input, ZstdMode mode) {
    if (mode == ZstdMode::compress) return input + ".zst";
    const auto has_stem_before = [&](std::string_view suffix) {
        return input.size() > suffix.size() && input.ends_with(suffix) &&
               input[input.size() - suffix.size() - 1] != '/';
    };
    if (has_stem_before(".tzst")) return input.substr(0, input.size() - 5) + ".tar";
    if (has_stem_before(".zst")) return input.substr(0, input.size() - 4);
    return std::nullopt;
}

class ZstdCommand final : public Command {
  public:
    CommandInfo info() const override {
        return {
            .name = "zstd",
            .group = "More",
            .description =
                "Compress or decompress .zst files and streams\n\nTakes the flags of zstd(1) and "
                "reads and writes the same format. Each FILE becomes FILE.zst, or the other way "
                "round with -d; the input stays. Without FILE, or with -, standard input goes to "
                "standard output. An output file appears whole or not at all. With --json, lines "
                "go to standard error when the data goes to standard output.",
            .examples =
                "Examples:\n"
                "  holt zstd big.log                  makes big.log.zst\n"
                "  holt zstd -9 --rm *.log            smaller, and removes the inputs\n"
                "  tar c folder | holt zstd > folder.tar.zst\n"
                "  holt zstd -dc folder.tar.zst | tar x\n"
                "  holt zstd -t *.zst                 are they whole?"};
    }

    void define(CLI::App& app) override {
        const ZstdLevels levels = zstd_levels();
        add_operands(app, "FILE", files_, "the files; - is standard input");
        level_option_ = add_value(app, "-#,--level", level_, "N",
                                  fmt::format("level, -1 (fast) to -{} (small); {} unless given",
                                              levels.max, levels.standard));
        fast_option_ =
            add_value(
                app, "--fast", fast_, "N",
                fmt::format("faster and larger than level 1, --fast=1 to --fast={}", -levels.min))
                ->expected(0, 1);
        add_switch(app, "-z,--compress", compress_, "compress (the default)");
        add_switch(app, "-d,--decompress,--uncompress", decompress_, "decompress");
        add_switch(app, "-t,--test", test_, "only check that compressed files are whole");
        add_switch(app, "-c,--stdout", to_stdout_, "write to standard output, keep the inputs");
        output_option_ = add_value(app, "-o,--output", output_, "OUT", "write to the file OUT");
        add_switch(app, "-f,--force", options_.overwrite,
                   "overwrite outputs; write to a terminal too");
        add_switch(app, "-k,--keep", keep_, "keep the inputs (the default)");
        add_switch(app, "--rm", remove_, "remove each input after success");
        add_value(app, "-D,--dictionary", options_.dictionary, "DICT",
                  "use the dictionary in the file DICT, both ways");
        add_switch(app, "-C,--check", check_, "add and check checksums (the default)");
        add_switch(app, "--no-check", no_check_, "neither add nor check checksums");
        memory_option_ = add_value(app, "-M,--memory", memory_, "SIZE",
                                   "decompress: the largest window to allow (128MiB)");
    }

    Result<int> run(Session& session) override {
        HOLT_TRY(complete_options());
        HOLT_TRY(check_terminals());
        if (data_to_stdout()) session.json_to_stderr();
        Operation operation(session);
        if (data_to_stdout() && session.out().terminal()) operation.reporter().hide_progress();
        options_.cancel = operation.cancel();

        int worst = 0;
        std::uint64_t failed = 0;
        ZstdReport total;
        for (const std::string& file : files_) {
            const auto report = one_file(session, file, operation);
            if (!report) {
                const Error& error = report.error();
                const bool goes_on = files_.size() > 1 && error.kind != ErrorKind::cancelled &&
                                     !is_reader_gone(error);
                if (!goes_on) return std::unexpected(error);
                tell_failure(session, file, error);
                worst = std::max(worst, exit_code(error.kind));
                ++failed;
                continue;
            }
            total.input_bytes += report->input_bytes;
            total.output_bytes += report->output_bytes;
        }
        const auto time = operation.finish();
        if (session.json()) session.emit(summary(session, total, failed, time, worst));
        return worst;
    }

  private:
    bool data_to_stdout() const {
        if (options_.mode == ZstdMode::test || output_option_->count() > 0) return false;
        return to_stdout_ || std::ranges::find(files_, kStdin) != files_.end();
    }

    Status complete_options() {
        if (test_ && output_option_->count() > 0)
            return usage_error("zstd", "-t writes nothing and takes no -o");
        if (compress_ && (decompress_ || test_))
            return usage_error("zstd", "-z does not go with -d or -t");
        if (check_ && no_check_) return usage_error("zstd", "-C does not go with --no-check");
        options_.mode = test_         ? ZstdMode::test
                        : decompress_ ? ZstdMode::decompress
                                      : ZstdMode::compress;
        options_.checksum = !no_check_;
        // Of two contradicting wishes, the one that loses nothing.
        options_.remove_source = remove_ && !keep_;
        if (files_.empty()) files_.push_back(kStdin);
        const bool one_output = output_option_->count() > 0;
        if (one_output && to_stdout_) return usage_error("zstd", "-o does not go with -c");
        if (one_output && files_.size() > 1)
            return usage_error("zstd",
                               "-o takes one input; use -c and '>' to write several into one file");
        if (one_output && output_.empty()) return usage_error("zstd", "-o needs a file's name");
        if (options_.remove_source && (to_stdout_ || test_))
            return usage_error("zstd",
                               "--rm does not go with -c or -t: no file replaces the input");
        return complete_numbers();
    }

    Status complete_numbers() {
        const ZstdLevels levels = zstd_levels();
        if (level_option_->count() > 0) {
            HOLT_TRY_LET(level, parse_integer({"zstd", "the level"}, level_, 1, levels.max));
            options_.level = static_cast<int>(level);
        }
        if (fast_option_->count() > 0) {
            if (level_option_->count() > 0)
                return usage_error("zstd", "--fast does not go with a level");
            const std::string_view text = fast_.empty() ? "1" : std::string_view(fast_);
            HOLT_TRY_LET(level, parse_integer({"zstd", "--fast"}, text, 1, -levels.min));
            options_.level = -static_cast<int>(level);
        }
        if (memory_option_->count() == 0) return {};
        HOLT_TRY_LET(memory, parse_size({"zstd", "--memory"}, memory_));
        options_.window_limit = memory;
        return {};
    }

    Status check_terminals() const {
        if (options_.overwrite) return {};
        if (std::ranges::find(files_, kStdin) != files_.end() && ::isatty(STDIN_FILENO) != 0)
            return usage_error("zstd",
                               "standard input is a terminal; name a file, redirect, or give -f");
        const bool compressed_out = data_to_stdout() && options_.mode == ZstdMode::compress;
        if (compressed_out && ::isatty(STDOUT_FILENO) != 0)
            return usage_error("zstd",
                               "compressed data is not written to a terminal; redirect, or give "
                               "-o FILE or -f");
        return {};
    }

    Result<ZstdReport> one_file(Session& session, const std::string& file, Operation& operation) {
        Observer& observer = operation.reporter();
        const bool from_stdin = file == kStdin;
        if (options_.mode == ZstdMode::test) {
            const auto report =
                from_stdin ? zstd_stream(STDIN_FILENO, kStdinName, -1, "", options_, observer)
                           : zstd_file(file, "", options_, observer);
            if (report) tell(session, operation, file, "", *report);
            return report;
        }
        std::string output = output_;
        if (output_option_->count() == 0) {
            if (to_stdout_ || from_stdin) return to_stdout(file, observer);
            const auto name = output_name(file, options_.mode);
            if (!name)
                return fail(ErrorKind::failed, "decompress", file, "unknown suffix",
                            "rename it to end in .zst or .tzst, or give -o OUT or -c");
            output = *name;
        }
        const auto report = from_stdin
                                ? zstd_to_file(STDIN_FILENO, kStdinName, output, options_, observer)
                                : zstd_file(file, output, options_, observer);
        if (report) tell(session, operation, file, output, *report);
        return report;
    }

    Result<ZstdReport> to_stdout(const std::string& file, Observer& observer) const {
        if (file == kStdin)
            return zstd_stream(STDIN_FILENO, kStdinName, STDOUT_FILENO, kStdoutName, options_,
                               observer);
        return zstd_from_file(file, STDOUT_FILENO, kStdoutName, options_, observer);
    }

    void tell(Session& session, Operation& operation, const std::string& file,
              const std::string& output, const ZstdReport& report) const {
        operation.reporter().clear();
        if (session.json()) {
            Json line = json_line("file");
            put_bytes(line, "input", file);
            if (!output.empty()) put_bytes(line, "output", output);
            line["input_bytes"] = report.input_bytes;
            line["output_bytes"] = report.output_bytes;
            return session.emit(line);
        }
        std::string text = printable(file) + ": ";
        if (options_.mode == ZstdMode::compress)
            text += fmt::format(
                "{} ({} => {}, {})", percent_text(report.output_bytes, report.input_bytes),
                size_text(report.input_bytes), size_text(report.output_bytes), printable(output));
        else if (options_.mode == ZstdMode::test)
            text += fmt::format("whole, {} of content", size_text(report.output_bytes));
        else
            text += fmt::format("{} ({})", size_text(report.output_bytes), printable(output));
        session.tell(text);
    }

    static void tell_failure(Session& session, const std::string& file, const Error& error) {
        session.console().error(error);
        if (!session.json()) return;
        Json line = json_line("failed");
        put_bytes(line, "input", file);
        put_error(line, error);
        session.emit(line);
    }

    Json summary(Session& session, const ZstdReport& total, std::uint64_t failed,
                 std::chrono::nanoseconds time, int code) const {
        Json object = session.summary(code);
        object["files"] = files_.size();
        object["failed"] = failed;
        object["input_bytes"] = total.input_bytes;
        object["output_bytes"] = total.output_bytes;
        object["seconds"] = seconds(time);
        return object;
    }

    std::vector<std::string> files_;
    std::string level_, fast_, output_, memory_;
    bool compress_ = false, decompress_ = false, test_ = false, to_stdout_ = false;
    bool keep_ = false, remove_ = false, check_ = false, no_check_ = false;
    CLI::Option* level_option_ = nullptr;
    CLI::Option* fast_option_ = nullptr;
    CLI::Option* output_option_ = nullptr;
    CLI::Option* memory_option_ = nullptr;
    ZstdOptions options_;
};

}  // namespace

std::unique_ptr<Command> make_zstd_command() {
    return std::make_unique<ZstdCommand>();
}

}  // namespace holt::cli
