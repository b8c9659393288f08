#include "cli/gzip/gzip_run.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "cli/gzip/gzip_list.h"
#include "cli/gzip/gzip_names.h"
#include "cli/output/out.h"
#include "cli/session/question.h"

namespace holt::cli {
namespace {

constexpr char kStdin[] = "-";
constexpr char kStdinName[] = "stdin";
constexpr char kStdoutName[] = "stdout";
constexpr int kError = 1, kWarning = 2;
constexpr unsigned kSetUid = 04000, kSetGid = 02000, kSticky = 01000;

constexpr char kGarbage[] = "decompression OK, trailing garbage ignored";
constexpr char kIsFolder[] = "the output is a folder";

/// An output of that name is there, and -f is not given or does not help.
bool is_there(const Error& error) noexcept {
    return error.sys_errno == EEXIST || error.cause == kIsFolder;
}

bool ends_everything(const Error& error) noexcept {
    return error.kind == ErrorKind::cancelled || is_reader_gone(error);
}

}  // namespace

std::string GzipRun::prefix() const {
    return settings_.plain_words ? session_.called() + ": " : "holt: gzip: ";
}

void GzipRun::say(const std::string& text) {
    operation_.reporter().clear();
    session_.console().line(prefix() + text);
}

void GzipRun::warn(const std::string& name, std::string_view text) {
    if (code_ == 0) code_ = kWarning;
    if (!settings_.quiet) say(fmt::format("{}: {}", printable(name), text));
}

void GzipRun::warn_that(const std::string& name, std::string_view text) {
    if (code_ == 0) code_ = kWarning;
    if (!settings_.quiet) say(fmt::format("{} {}", printable(name), text));
}

void GzipRun::tell_note(const Error& about) {
    say(fmt::format("{}: {}", printable(about.object), about.cause));
}

void GzipRun::fail_with(const std::string& name, const Error& error) {
    code_ = kError;
    ++failed_;
    operation_.reporter().clear();
    if (session_.json()) {
        Json line = json_line("failed");
        put_bytes(line, "input", name);
        put_error(line, error);
        session_.emit(line);
    }
    if (!settings_.plain_words) return session_.console().error(error);
    // gzip's own words end where the place begins, and stand behind an empty line when they are
    // about the data. -v tells the rest.
    const std::string cause = error.cause.empty()        ? errno_text(error.sys_errno)
                              : error.cause == kIsFolder ? errno_text(EISDIR)
                                                         : error.cause;
    // What the system refused may be another file than the one that is worked on.
    const bool other =
        (error.object == kStdoutName && error.sys_errno != 0) || error.cause == kIsFolder;
    const std::string& about = other ? error.object : name;
    const bool about_data = error.kind == ErrorKind::corrupt;
    const std::string words = about_data ? cause.substr(0, cause.find(", at byte")) : cause;
    session_.console().line(
        fmt::format("{}{}{}: {}", about_data ? "\n" : "", prefix(), printable(about), words));
    if (settings_.verbose) session_.console().error(error);
}

Status GzipRun::one(const std::string& name) {
    if (name == kStdin) return filter_stdin();
    return one_path(name, Place::named);
}

Status GzipRun::filter_stdin() {
    ++files_;
    if (settings_.list) return list(kStdoutName, true);
    if (settings_.options.mode == GzipMode::test) return test(kStdinName, true);
    GzipOptions options = settings_.options;
    options.pass_through = settings_.force && !compressing();
    const auto report =
        gzip_stream(STDIN_FILENO, kStdinName, STDOUT_FILENO, kStdoutName, options, notes_);
    return outcome(kStdinName, "", report, "");
}

std::optional<std::string> GzipRun::found(const std::string& name, GzipInput& input) {
    const bool writes_files =
        !settings_.to_stdout && !settings_.list && settings_.options.mode != GzipMode::test;
    const GzipFollow follow = settings_.force || !writes_files ? GzipFollow::yes : GzipFollow::no;
    auto looked = gzip_look(name, follow);
    if (looked) {
        input = *looked;
        return name;
    }
    if (looked.error().sys_errno == ENOENT && !compressing()) {
        for (const std::string& candidate : gzip_candidates(name, settings_.suffix)) {
            const auto there = gzip_look(candidate, follow);
            if (!there) continue;
            input = *there;
            return candidate;
        }
    }
    // gzip names the last that it looked for.
    const auto candidates =
        compressing() ? std::vector<std::string>() : gzip_candidates(name, settings_.suffix);
    fail_with(candidates.empty() || !settings_.plain_words ? name : candidates.front(),
              looked.error());
    return std::nullopt;
}

Status GzipRun::one_path(const std::string& given, Place place) {
    GzipInput input;
    const auto name = found(given, input);
    if (!name) return {};
    if (input.kind == GzipInput::Kind::folder) {
        if (settings_.recursive) return folder(*name);
        warn_that(*name, "is a directory -- ignored");
        return {};
    }
    ++files_;
    const bool only_read = settings_.list || settings_.options.mode == GzipMode::test;
    if (only_read && is_passed_over(*name)) return {};
    if (settings_.list) return list(*name, false);
    if (settings_.options.mode == GzipMode::test) return test(*name, false);
    if (settings_.to_stdout) return to_stdout(*name);
    return replace(*name, input, place);
}

Status GzipRun::folder(const std::string& name) {
    const auto names = gzip_names(name);
    if (!names) {
        fail_with(name, names.error());
        return {};
    }
    const std::string base = name.ends_with('/') ? name : name + '/';
    for (const std::string& each : *names) HOLT_TRY(one_path(base + each, Place::in_folder));
    return {};
}

Status GzipRun::to_stdout(const std::string& name) {
    const auto report = gzip_from_file(name, STDOUT_FILENO, kStdoutName, settings_.options, notes_);
    return outcome(name, "", report, "");
}

Status GzipRun::test(const std::string& name, bool from_stdin) {
    const auto report = from_stdin
                            ? gzip_stream(STDIN_FILENO, name, -1, "", settings_.options, notes_)
                            : gzip_file(name, "", settings_.options, notes_);
    return outcome(name, "", report, "\t OK");
}

/// In a list: of the file, unless the header's is asked for.
Time GzipRun::time_of(const std::string& name, bool from_stdin, const GzipHeader& header) const {
    if (settings_.options.keep_time && header.mtime != 0) return {.seconds = header.mtime};
    if (!from_stdin) {
        const auto looked = gzip_look(name, GzipFollow::yes);
        return looked ? looked->mtime : Time{};
    }
    struct stat st {};
    const bool is_file = ::fstat(STDIN_FILENO, &st) == 0 && S_ISREG(st.st_mode);
    return is_file ? Time{.seconds = st.st_mtim.tv_sec} : Time{};
}

/// Whether a walk through folders passes over it, as it is not called like something compressed.
bool GzipRun::is_passed_over(const std::string& name) {
    if (!settings_.recursive || compressing()) return false;
    if (without_gzip_suffix(name, settings_.suffix)) return false;
    if (settings_.verbose) warn(name, "unknown suffix -- ignored");
    return true;
}

Status GzipRun::list(const std::string& name, bool from_stdin) {
    const auto report = from_stdin
                            ? gzip_stream(STDIN_FILENO, name, -1, "", settings_.options, notes_)
                            : gzip_file(name, "", settings_.options, notes_);
    if (!report) {
        if (ends_everything(report.error())) return std::unexpected(report.error());
        fail_with(name, report.error());
        return {};
    }
    if (report->trailing == GzipTrailing::garbage) warn(name, kGarbage);
    const Time mtime = time_of(name, from_stdin, report->header);
    std::string shown = without_gzip_suffix(name, settings_.suffix).value_or(name);
    if (settings_.restore_name && !report->header.name.empty()) shown = report->header.name;
    total_.input_bytes += report->input_bytes;
    total_.output_bytes += report->output_bytes;
    total_.header.bytes = report->header.bytes;
    operation_.reporter().clear();
    if (session_.json()) {
        Json line = json_line("file");
        put_bytes(line, "input", name);
        put_bytes(line, "name", shown);
        line["input_bytes"] = report->input_bytes;
        line["output_bytes"] = report->output_bytes;
        line["members"] = report->members;
        line["crc32"] = report->crc;
        session_.emit(line);
        return {};
    }
    const auto columns = settings_.verbose ? GzipColumns::all : GzipColumns::few;
    if (listed_++ == 0 && !settings_.quiet) session_.out().line(gzip_list_title(columns));
    session_.out().line(gzip_list_line(columns, *report, mtime, printable(shown)));
    return {};
}

std::optional<std::string> GzipRun::output_name(const std::string& name, Place place) {
    // In a folder that is walked through, what is compressed already (or not) is no surprise.
    const bool silent = place == Place::in_folder && !settings_.verbose;
    if (compressing()) {
        const std::string suffix = gzip_suffix_of(name, settings_.suffix);
        if (suffix.empty() || settings_.force) return name + settings_.suffix;
        // Not even a warning: it is as it shall be.
        if (!silent && !settings_.quiet)
            say(fmt::format("{} already has {} suffix -- unchanged", printable(name), suffix));
        return std::nullopt;
    }
    auto output = without_gzip_suffix(name, settings_.suffix);
    if (!output) {
        if (!silent) warn(name, "unknown suffix -- ignored");
        return std::nullopt;
    }
    if (!settings_.restore_name) return output;
    const auto header = gzip_header(name);  // what is wrong with it shows later, too
    const auto stored = header ? beside(name, header->name) : std::nullopt;
    return stored ? stored : output;
}

bool GzipRun::is_refused(const std::string& name, const GzipInput& input) {
    const auto refuse = [&](const std::string& text) {
        warn_that(name, text);
        return true;
    };
    if (input.kind != GzipInput::Kind::file)
        return refuse("is not a directory or a regular file - ignored");
    if ((input.mode & kSetUid) != 0) return refuse("is set-user-ID on execution - ignored");
    if ((input.mode & kSetGid) != 0) return refuse("is set-group-ID on execution - ignored");
    if (settings_.force) return false;
    if ((input.mode & kSticky) != 0) return refuse("has the sticky bit set - file ignored");
    if (input.links > 1)
        return refuse(fmt::format("has {} other link{} -- file ignored", input.links - 1,
                                  input.links == 2 ? "" : "s"));
    return false;
}

/// Of an output that is there and stays. Even -q does not silence it.
void GzipRun::tell_kept(const std::string& output) {
    if (code_ == 0) code_ = kWarning;
    if (settings_.plain_words || !settings_.quiet)
        say(printable(output) + " already exists;\tnot overwritten");
}

bool GzipRun::asked(const std::string& output) {
    if (!settings_.ask) return false;
    say(fmt::format("{} already exists; do you wish to overwrite (y or n)?", printable(output)));
    return answered_yes();
}

Status GzipRun::replace(const std::string& name, const GzipInput& input, Place place) {
    if (input.kind == GzipInput::Kind::symlink) {
        fail_with(name, fail_errno(ELOOP, "open", name).error());
        return {};
    }
    if (is_refused(name, input)) return {};
    const auto output = output_name(name, place);
    if (!output) return {};
    GzipOptions options = settings_.options;
    auto report = gzip_file(name, *output, options, notes_);
    if (!report && is_there(report.error()) && !settings_.force) {
        // What is no gzip at all is told first.
        const auto header = compressing() ? Result<GzipHeader>(GzipHeader{}) : gzip_header(name);
        if (!header) return outcome(name, *output, std::unexpected(header.error()), "");
        if (!asked(*output)) {
            tell_kept(*output);
            return {};
        }
        options.overwrite = true;
        report = gzip_file(name, *output, options, notes_);
    }
    return outcome(name, *output, report, settings_.keep ? " -- created " : " -- replaced with ");
}

Status GzipRun::outcome(const std::string& name, const std::string& output,
                        const Result<GzipReport>& report, std::string_view what) {
    if (!report) {
        if (ends_everything(report.error())) return std::unexpected(report.error());
        fail_with(name, report.error());
        return {};
    }
    total_.input_bytes += report->input_bytes;
    total_.output_bytes += report->output_bytes;
    if (report->trailing == GzipTrailing::garbage)
        warn(name, kGarbage);
    else if (report->trailing == GzipTrailing::zeros && settings_.verbose)
        warn(name, "decompression OK, trailing zero bytes ignored");
    tell_report(name, output, *report, what);
    return {};
}

void GzipRun::tell_report(const std::string& name, const std::string& output,
                          const GzipReport& report, std::string_view what) {
    if (session_.json()) {
        Json line = json_line("file");
        put_bytes(line, "input", name);
        if (!output.empty()) put_bytes(line, "output", output);
        line["input_bytes"] = report.input_bytes;
        line["output_bytes"] = report.output_bytes;
        return session_.emit(line);
    }
    if (!settings_.verbose) return;
    operation_.reporter().clear();
    std::string text = printable(name) + ':';
    if (settings_.options.mode == GzipMode::test) {
        text += what;
    } else {
        const bool packed = compressing();
        text += '\t' + gzip_ratio(packed ? report.input_bytes : report.output_bytes,
                                  packed ? report.output_bytes : report.input_bytes,
                                  report.header.bytes);
        if (!output.empty()) text += std::string(what) + printable(output);
    }
    session_.console().line(text);
}

void GzipRun::end() {
    const auto time = operation_.finish();
    const auto columns = settings_.verbose ? GzipColumns::all : GzipColumns::few;
    if (settings_.list && listed_ > 1 && !session_.json())
        session_.out().line(gzip_list_totals(columns, total_));
    if (!session_.json()) return;
    Json object = session_.summary(code_);
    object["files"] = files_;
    object["failed"] = failed_;
    object["input_bytes"] = total_.input_bytes;
    object["output_bytes"] = total_.output_bytes;
    object["seconds"] = seconds(time);
    session_.emit(object);
}

}  // namespace holt::cli
