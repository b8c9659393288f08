// What gzip does with each name on its command line: looks at it, finds the output's name, refuses
// what gzip refuses, runs the filter, and tells about it in gzip's words.
//
// Thread rule: the main thread.
#pragma once

#include <holt/gzip.hpp>

#include <optional>
#include <string>

#include "cli/session/operation.h"
#include "cli/session/session.h"

namespace holt::cli {

struct GzipSettings {
    GzipOptions options{};
    bool list = false, to_stdout = false, force = false, keep = false, recursive = false;
    bool quiet = false, verbose = false;
    bool restore_name = false;  ///< -N: with -d and -l, the name that the header has
    std::string suffix{};
    bool plain_words = false;  ///< called as gzip: messages begin with that and are gzip's
    bool ask = false;          ///< standard input can answer questions
};

class GzipRun {
  public:
    GzipRun(const GzipSettings& settings, Session& session, Operation& operation)
        : settings_(settings), session_(session), operation_(operation) {}

    /// "-" is standard input. An error ends everything: cancelled, or nobody reads any more.
    Status one(const std::string& name);
    /// The last line of a list, and of --json.
    void end();
    /// 0, 1 or 2, as gzip's.
    int code() const noexcept { return code_; }

  private:
    enum class Place : std::uint8_t { named, in_folder };

    /// Warnings count for the exit code; progress is shown unless -v has something else to say.
    class Notes final : public Observer {
      public:
        explicit Notes(GzipRun& run) : run_(run) {}
        void progress(const Progress& now) override {
            if (!run_.settings_.verbose) run_.operation_.reporter().progress(now);
        }
        void note(Severity severity, const Error& about) override {
            if (severity != Severity::info) return run_.warn(about.object, about.cause);
            if (run_.settings_.verbose) run_.tell_note(about);
        }

      private:
        GzipRun& run_;
    };

    Status one_path(const std::string& name, Place place);
    Status folder(const std::string& name);
    Status filter_stdin();
    Status to_stdout(const std::string& name);
    Status list(const std::string& name, bool from_stdin);
    Status test(const std::string& name, bool from_stdin);
    Status replace(const std::string& name, const GzipInput& input, Place place);

    std::optional<std::string> output_name(const std::string& name, Place place);
    Time time_of(const std::string& name, bool from_stdin, const GzipHeader& header) const;
    bool is_passed_over(const std::string& name);
    void tell_kept(const std::string& output);
    bool is_refused(const std::string& name, const GzipInput& input);
    /// True when the user lets an existing file be replaced.
    bool asked(const std::string& output);
    /// The name as it is found on the disk; nothing after an error was told.
    std::optional<std::string> found(const std::string& name, GzipInput& input);

    /// Handles the outcome of one filter: warnings, errors, -v.
    Status outcome(const std::string& name, const std::string& output,
                   const Result<GzipReport>& report, std::string_view what);
    void tell_report(const std::string& name, const std::string& output, const GzipReport& report,
                     std::string_view what);
    /// "NAME: text", and "NAME text" as gzip puts it.
    void warn(const std::string& name, std::string_view text);
    void warn_that(const std::string& name, std::string_view text);
    void say(const std::string& text);
    void tell_note(const Error& about);
    void fail_with(const std::string& name, const Error& error);
    std::string prefix() const;
    bool compressing() const noexcept { return settings_.options.mode == GzipMode::compress; }

    const GzipSettings& settings_;
    Session& session_;
    Operation& operation_;
    Notes notes_{*this};
    GzipReport total_{};
    std::uint64_t files_ = 0, failed_ = 0, listed_ = 0;
    int code_ = 0;
};

}  // namespace holt::cli
