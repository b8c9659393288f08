// What holt zstd does with its inputs: finds each output's name, asks before it overwrites, runs
// the filter, and tells about it: in zstd's words when called by one of its names, else in Holt's.
//
// Thread rule: the main thread.
#pragma once

#include <holt/zstd.hpp>

#include <string>

#include "cli/session/operation.h"
#include "cli/session/session.h"
#include "cli/zstd/zstd_args.h"

namespace holt::cli {

class ZstdRun {
  public:
    ZstdRun(const ZstdArgs& args, Session& session, Operation& operation)
        : args_(args), session_(session), operation_(operation) {}

    /// All inputs. An error ends everything: cancelled, or nobody reads any more; with a single
    /// input called as holt, any.
    Status all(const std::vector<std::string>& names);
    /// The last line, and the exit code of what failed.
    int end();

  private:
    /// Notes about metadata are told with -v, progress as the options say.
    class Notes final : public Observer {
      public:
        explicit Notes(ZstdRun& run) : run_(run) {}
        void progress(const Progress& now) override { run_.operation_.reporter().progress(now); }
        void note(Severity severity, const Error& about) override {
            if (severity != Severity::info || run_.args_.verbosity > 2)
                run_.operation_.reporter().note(severity, about);
        }

      private:
        ZstdRun& run_;
    };

    Status one(const std::string& name);
    /// What the encoder is set to, where that is asked for.
    void tell_parameters(const std::string& name);
    Status into_one(const std::vector<std::string>& names);
    Result<ZstdReport> filtered(const std::string& name, const std::string& output);
    Result<ZstdReport> to_stdout(const std::string& name);
    /// Where the output of an input goes; empty: to standard output.
    Result<std::string> output_of(const std::string& name) const;
    Status look_at(const std::string& name) const;
    struct Question {
        std::string why, words;
        std::string refusal;  ///< what zstd says unless the answer is yes
    };
    /// True when the user lets it go on.
    bool asked(const Question& question);
    void warn_of_same_names(const std::vector<std::string>& names);

    Status outcome(const std::string& name, const std::string& output,
                   const Result<ZstdReport>& report);
    void failed(const std::string& name, const Error& error);
    void tell(const std::string& name, const std::string& output, const ZstdReport& report);
    void tell_progress(const std::string& name, const ZstdReport& report);
    /// A line for people, at that verbosity and above.
    void say(int verbosity, const std::string& line);
    bool shows_progress(bool data_to_stdout) const noexcept;
    bool plain_words() const noexcept { return session_.stands_in(); }
    bool decompressing() const noexcept { return args_.options.mode != ZstdMode::compress; }
    std::string holt_line(const std::string& name, const std::string& output,
                          const ZstdReport& report) const;

    const ZstdArgs& args_;
    Session& session_;
    Operation& operation_;
    Notes notes_{*this};
    std::string last_progress_{};  // stands in front of the next line, with --progress
    ZstdReport total_{};
    std::uint64_t named_ = 0, done_ = 0, failed_ = 0;
    bool refused_ = false;  // by the user, in zstd's words: nothing more is to be told of this
    int worst_ = 0;
};

/// One input failed: said, and as a JSON line too.
void tell_zstd_failure(Session& session, const ZstdArgs& args, const std::string& file,
                       const Error& error);

}  // namespace holt::cli
