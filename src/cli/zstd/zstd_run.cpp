#include "cli/zstd/zstd_run.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <utility>

#include "base/error.h"
#include "cli/output/text.h"
#include "cli/parse/program_names.h"
#include "cli/session/question.h"
#include "cli/zstd/zstd_files.h"
#include "cli/zstd/zstd_words.h"

namespace holt::cli {
namespace {

bool ends_everything(const Error& error) noexcept {
    return error.kind == ErrorKind::cancelled || is_reader_gone(error);
}

std::string shown_input(const std::string& name) {
    return name == kStdin ? kPlainStdin : printable(name);
}

/// Holes need places, which a file that is only appended to does not have.
bool stdout_appends() noexcept {
    const int flags = ::fcntl(STDOUT_FILENO, F_GETFL);
    return flags >= 0 && (flags & O_APPEND) != 0;
}

}  // namespace

void ZstdRun::say(int verbosity, const std::string& line) {
    if (session_.json() || args_.verbosity < verbosity) return;
    operation_.reporter().clear();
    session_.console().line(last_progress_ + line);
    last_progress_.clear();
}

/// As a terminal would have shown it last, and erased. Whoever asks for progress reads it.
void ZstdRun::tell_progress(const std::string& name, const ZstdReport& report) {
    constexpr std::size_t kColumns = 79;
    const std::string text =
        decompressing() ? fmt::format("{:<20} : {}...", name, zstd_size(report.output_bytes))
                        : fmt::format("Read: {} ==> {}", zstd_size(report.input_bytes),
                                      percent_text(report.output_bytes, report.input_bytes));
    last_progress_ += "\r" + text + "\r" + std::string(kColumns, ' ') + "\r";
}

Status ZstdRun::all(const std::vector<std::string>& names) {
    named_ = names.size();
    const bool one_output = !args_.output.empty() && args_.options.mode != ZstdMode::test;
    if (!args_.options.patch_from.empty() && named_ > 1)
        return fail(ErrorKind::usage, "zstd", "", "--patch-from takes one input");
    if (one_output && named_ > 1) return into_one(names);
    if (!args_.flat_folder.empty()) warn_of_same_names(names);
    for (const std::string& name : names) HOLT_TRY(one(name));
    return {};
}

void ZstdRun::warn_of_same_names(const std::vector<std::string>& names) {
    std::set<std::string_view> seen;
    for (const std::string& name : names)
        if (!seen.insert(base_name(name)).second)
            say(2, fmt::format("WARNING: Two files have same filename: {}",
                               printable(base_name(name))));
}

/// Refuses what is no input.
Status ZstdRun::look_at(const std::string& name) const {
    struct stat st {};
    if (name == kStdin || ::stat(name.c_str(), &st) != 0) return {};  // opening it will tell
    if (S_ISDIR(st.st_mode)) return {};
    struct stat dictionary {};
    const bool has_dictionary = ::stat(args_.options.dictionary.c_str(), &dictionary) == 0;
    if (has_dictionary && dictionary.st_dev == st.st_dev && dictionary.st_ino == st.st_ino)
        return fail(ErrorKind::failed, "zstd", name, "it is the dictionary", "name another file");
    // Of devices, only block devices have content and an end.
    const bool device = S_ISBLK(st.st_mode) && args_.force;
    if (S_ISREG(st.st_mode) || S_ISFIFO(st.st_mode) || device) return {};
    return fail(
        ErrorKind::failed, "open file", name, "it is no regular file",
        S_ISBLK(st.st_mode) ? "give -f to read it all the same" : "give it as input with <");
}

Result<std::string> ZstdRun::output_of(const std::string& name) const {
    if (!args_.output.empty()) return args_.output;
    if (args_.to_stdout || name == kStdin) return std::string();
    const auto beside = zstd_output_name(name, args_.options);
    if (!beside)
        return fail(ErrorKind::failed, "decompress", name,
                    fmt::format("unknown suffix ({} expected)", kZstdSuffixes),
                    "rename it to end in .zst or .tzst, or give -o OUT or -c");
    if (!args_.mirror_folder.empty()) return in_mirror_folder(args_.mirror_folder, name, *beside);
    if (!args_.flat_folder.empty()) return in_flat_folder(args_.flat_folder, *beside);
    return *beside;
}

void ZstdRun::tell_parameters(const std::string& name) {
    const bool all = args_.verbosity > 3 && plain_words();  // -vv
    if (decompressing() || session_.json() || args_.options.format != ZstdFormat::zstd) return;
    if (!args_.show_parameters && !all) return;
    struct stat st {};
    const bool known = name != kStdin && ::stat(name.c_str(), &st) == 0 && S_ISREG(st.st_mode);
    const auto size =
        known ? std::optional(static_cast<std::uint64_t>(st.st_size)) : args_.options.stream_size;
    const int level = args_.options.level;
    if (args_.show_parameters)
        say(0, zstd_parameters_text(shown_input(name), size, zstd_parameters(level, size)));
    if (!all) return;
    ZstdParameters parameters = zstd_parameters(level, size, args_.options.tuning);
    parameters.window_log = std::max(parameters.window_log, args_.options.long_window_log);
    say(4, zstd_settings_line(parameters));
}

Status ZstdRun::one(const std::string& name) {
    const bool excluded = args_.exclude_compressed && !decompressing() && is_compressed_name(name);
    if (excluded) {
        say(4, fmt::format("File is already compressed : {} ", shown_input(name)));
        return {};
    }
    if (const Status good = look_at(name); !good)
        return outcome(name, "", std::unexpected(good.error()));
    tell_parameters(name);
    if (args_.options.mode == ZstdMode::test) return outcome(name, "", filtered(name, ""));
    const auto output = output_of(name);
    if (!output) return outcome(name, "", std::unexpected(output.error()));
    if (output->empty()) return outcome(name, "", to_stdout(name));
    return outcome(name, *output, filtered(name, *output));
}

Result<ZstdReport> ZstdRun::to_stdout(const std::string& name) {
    ZstdOptions options = args_.options;
    if (options.sparse == ZstdSparse::always && stdout_appends())
        options.sparse = ZstdSparse::automatic;
    if (name == kStdin)
        return zstd_stream(STDIN_FILENO, kStdinName, STDOUT_FILENO, kStdoutName, options, notes_);
    return zstd_from_file(name, STDOUT_FILENO, kStdoutName, options, notes_);
}

/// Into a file, or nowhere with -t.
Result<ZstdReport> ZstdRun::filtered(const std::string& name, const std::string& output) {
    const auto run = [&](const ZstdOptions& options) {
        if (name != kStdin) return zstd_file(name, output, options, notes_);
        if (output.empty()) return zstd_stream(STDIN_FILENO, kStdinName, -1, "", options, notes_);
        return zstd_to_file(STDIN_FILENO, kStdinName, output, options, notes_);
    };
    auto report = run(args_.options);
    const bool exists = !report && report.error().sys_errno == EEXIST;
    const std::string why =
        fmt::format("{}: {} already exists; ", session_.called(), printable(output));
    if (!exists || !asked({why, "overwrite (y/n) ? ", "Not overwritten  \n "})) return report;
    ZstdOptions options = args_.options;
    options.overwrite = true;
    return run(options);
}

bool ZstdRun::asked(const Question& question) {
    if (args_.verbosity < 2 || session_.json()) return false;  // nobody is there to answer
    const bool is_data = args_.reads_stdin();                  // what would be read as an answer
    if (is_data && !plain_words()) return false;
    operation_.reporter().clear();
    session_.console().question(last_progress_ + question.why + (is_data ? "" : question.words));
    last_progress_.clear();
    if (!is_data && answered_yes()) return true;
    refused_ = plain_words();
    session_.console().line(!plain_words() ? ""
                            : is_data      ? "stdin is an input - not proceeding."
                                           : question.refusal);
    return false;
}

Status ZstdRun::into_one(const std::vector<std::string>& names) {
    const std::string output = args_.output;
    say(2, fmt::format("{}: WARNING: all input files will be processed and concatenated into a "
                       "single output file: {} ",
                       session_.called(), printable(output)));
    say(2,
        "The concatenated output CANNOT regenerate original file names nor directory "
        "structure. ");
    if (args_.options.remove_source)
        say(2, "Since it's a destructive operation, input files will not be removed. ");
    ZstdOptions options = args_.options;
    if (!args_.force && !asked({"", "Proceed? (y/n): ", "Aborting... "})) {
        if (refused_) {
            worst_ = 1;
            return {};
        }
        return fail(ErrorKind::failed, "zstd", output,
                    "several inputs in one file lose their names, modes and times",
                    "give -f if that is what you want");
    }
    options.overwrite = true;
    return zstd_files(names, output, options, notes_,
                      [&](const std::string& name, const Result<ZstdReport>& report) {
                          return outcome(name, output, report).has_value();
                      });
}

Status ZstdRun::outcome(const std::string& name, const std::string& output,
                        const Result<ZstdReport>& report) {
    if (report) {
        ++done_;
        total_.input_bytes += report->input_bytes;
        total_.output_bytes += report->output_bytes;
        tell(name, output, *report);
        return {};
    }
    const bool alone = named_ == 1 && !plain_words();
    if (alone || ends_everything(report.error())) return std::unexpected(report.error());
    failed(name, report.error());
    return {};
}

void ZstdRun::failed(const std::string& name, const Error& error) {
    ++failed_;
    worst_ = std::max(worst_, plain_words() ? zstd_exit_code(error) : exit_code(error.kind));
    if (std::exchange(refused_, false)) return;
    operation_.reporter().clear();
    tell_zstd_failure(session_, args_, name, error);
}

/// Asked for; or on a terminal, where the data does not go there: what a terminal shows is erased,
/// and only one that is none keeps it.
bool ZstdRun::shows_progress(bool data_to_stdout) const noexcept {
    using Wish = ZstdArgs::ProgressWish;
    if (args_.progress != Wish::automatic) return args_.progress == Wish::always;
    return args_.fake_stderr && !data_to_stdout && args_.verbosity >= 2;
}

std::string ZstdRun::holt_line(const std::string& name, const std::string& output,
                               const ZstdReport& report) const {
    std::string text = printable(name) + ": ";
    if (args_.options.mode == ZstdMode::compress)
        text += fmt::format(
            "{} ({} => {}, {})", percent_text(report.output_bytes, report.input_bytes),
            size_text(report.input_bytes), size_text(report.output_bytes), printable(output));
    else if (args_.options.mode == ZstdMode::test)
        text += fmt::format("whole, {} of content", size_text(report.output_bytes));
    else
        text += fmt::format("{} ({})", size_text(report.output_bytes), printable(output));
    return text;
}

void ZstdRun::tell(const std::string& name, const std::string& output, const ZstdReport& report) {
    const bool data_out = output.empty() && args_.options.mode != ZstdMode::test;
    if (session_.json()) {
        if (data_out) return;
        Json line = json_line("file");
        put_bytes(line, "input", name);
        if (!output.empty()) put_bytes(line, "output", output);
        line["input_bytes"] = report.input_bytes;
        line["output_bytes"] = report.output_bytes;
        return session_.emit(line);
    }
    const bool always = shows_progress(data_out);
    if (!plain_words()) {
        if (!data_out) say(2, holt_line(name, output, report));
        return;
    }
    if (always && args_.verbosity >= 1) tell_progress(shown_input(name), report);
    // Of several, there is one line in the end.
    const bool shown = (always && args_.verbosity >= 1) || args_.verbosity >= (data_out ? 3 : 2);
    if (!shown || (named_ > 1 && args_.verbosity < 3)) return;
    say(1, zstd_file_line(args_.options.mode, shown_input(name),
                          data_out ? kPlainStdout : printable(output), report));
}

int ZstdRun::end() {
    const auto time = operation_.finish();
    if (session_.json()) {
        Json object = session_.summary(worst_);
        object["files"] = named_;
        object["failed"] = failed_;
        object["input_bytes"] = total_.input_bytes;
        object["output_bytes"] = total_.output_bytes;
        object["seconds"] = seconds(time);
        session_.emit(object);
    } else if (plain_words() && named_ > 1 && done_ > 0) {
        const bool always = shows_progress(args_.to_stdout);
        say(always            ? 1
            : args_.to_stdout ? 3
                              : 2,
            zstd_files_line(args_.options.mode, done_, total_));
    }
    return worst_;
}

void tell_zstd_failure(Session& session, const ZstdArgs& args, const std::string& file,
                       const Error& error) {
    if (session.json()) {
        Json line = json_line("failed");
        put_bytes(line, "input", file);
        put_error(line, error);
        session.emit(line);
    }
    if (!session.stands_in()) return session.console().error(error);
    if (args.verbosity < 1) return;
    session.console().line(
        zstd_error_text(session.called(), file == kStdin ? kPlainStdin : file, error));
    if (args.verbosity > 2) session.console().error(error);
}

}  // namespace holt::cli
