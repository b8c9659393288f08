// holt zstd: compresses and decompresses .zst files and streams, with the flags of zstd(1).
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <holt/zstd.hpp>

#include "base/error.h"
#include "cli/output/text.h"
#include "cli/parse/args.h"
#include "cli/session/command.h"
#include "cli/session/operation.h"
#include "cli/zstd/zstd_args.h"
#include "cli/zstd/zstd_files.h"
#include "cli/zstd/zstd_tools.h"

namespace holt::cli {
namespace {

constexpr char kStdinName[] = "standard input";
constexpr char kStdoutName[] = "standard output";

class ZstdCommand final : public Command {
  public:
    CommandInfo info() const override {
        return {
            .name = "zstd",
            .group = "More",
            .description =
                "Compress or decompress .zst files and streams\n\nTakes the flags of zstd(1) and "
                "reads and writes the same format; called by the name zstd, unzstd or zstdcat, it "
                "is what these are. Each FILE becomes FILE.zst, or the other way "
                "round with -d; the input stays. Without FILE, or with -, standard input goes to "
                "standard output. An output file appears whole or not at all. With --json, lines "
                "go to standard error when the data goes to standard output.",
            .examples =
                "Examples:\n"
                "  holt zstd big.log                  makes big.log.zst\n"
                "  holt zstd -9 --rm *.log            smaller, and removes the inputs\n"
                "  tar -I 'holt zstd -T0' -cf folder.tar.zst folder\n"
                "  holt zstd -dc folder.tar.zst | tar x\n"
                "  holt zstd -t *.zst                 are they whole?\n"
                "  holt zstd --long -19 two.tar       repeats far apart are found\n"
                "  holt zstd --train -r samples -o dict; holt zstd -D dict small.json\n"
                "  holt zstd -b1e9 -i1 big.log        how fast, how small?"};
    }

    void define(CLI::App& app) override { args_.define(app); }

    Result<int> run(Session& session) override {
        HOLT_TRY(args_.complete());
        std::uint64_t unread = 0;
        if (args_.recursive)
            args_.files = files_below(args_.files, [&](const Error& error) {
                tell_zstd_failure(session, error.object, error);
                ++unread;
            });
        HOLT_TRY_LET(code, act(session));
        return code == 0 && unread > 0 ? exit_code(ErrorKind::partial) : code;
    }

  private:
    Result<int> act(Session& session) {
        switch (args_.action) {
            case ZstdArgs::Action::list:
                return run_zstd_list(session, args_);
            case ZstdArgs::Action::train:
                return run_zstd_train(session, args_);
            case ZstdArgs::Action::bench:
                return run_zstd_bench(session, args_);
            case ZstdArgs::Action::version:
                session.out().line(fmt::format("holt {}, zstd format of RFC 8878", version()));
                return 0;
            case ZstdArgs::Action::filter:
                break;
        }
        return filter(session);
    }

    Result<int> filter(Session& session) {
        HOLT_TRY(check_terminals());
        if (args_.data_to_stdout()) session.data_to_stdout();
        Operation operation(session);
        if (args_.no_progress || (args_.data_to_stdout() && session.out().terminal()))
            operation.reporter().hide_progress();
        options_.cancel = operation.cancel();

        int worst = 0;
        std::uint64_t failed = 0;
        ZstdReport total;
        for (const std::string& file : args_.files) {
            const auto report = one_file(session, file, operation);
            if (!report) {
                const Error& error = report.error();
                const bool goes_on = args_.files.size() > 1 && error.kind != ErrorKind::cancelled &&
                                     !is_reader_gone(error);
                if (!goes_on) return std::unexpected(error);
                tell_zstd_failure(session, file, error);
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

    Status check_terminals() const {
        if (options_.overwrite) return {};
        if (args_.reads_stdin() && ::isatty(STDIN_FILENO) != 0)
            return usage_error("zstd",
                               "standard input is a terminal; name a file, redirect, or give -f");
        const bool compressed_out = args_.data_to_stdout() && options_.mode == ZstdMode::compress;
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
        std::string output = args_.output;
        if (output.empty()) {
            if (args_.to_stdout || from_stdin) return to_stdout(file, observer);
            const auto name = zstd_output_name(file, options_.mode);
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

    Json summary(Session& session, const ZstdReport& total, std::uint64_t failed,
                 std::chrono::nanoseconds time, int code) const {
        Json object = session.summary(code);
        object["files"] = args_.files.size();
        object["failed"] = failed;
        object["input_bytes"] = total.input_bytes;
        object["output_bytes"] = total.output_bytes;
        object["seconds"] = seconds(time);
        return object;
    }

    ZstdArgs args_;
    ZstdOptions& options_ = args_.options;
};

}  // namespace

void tell_zstd_failure(Session& session, const std::string& file, const Error& error) {
    session.console().error(error);
    if (!session.json()) return;
    Json line = json_line("failed");
    put_bytes(line, "input", file);
    put_error(line, error);
    session.emit(line);
}

std::unique_ptr<Command> make_zstd_command() {
    return std::make_unique<ZstdCommand>();
}

}  // namespace holt::cli
