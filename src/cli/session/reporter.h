// Shows a running operation: a bar on a terminal, plain lines now and then elsewhere, JSON lines
// with --json, nothing with -q; and the notes about single items. Thread rule: as Observer, one
// call at a time.
#pragma once

#include <holt/observer.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "cli/session/session.h"

namespace holt::cli {

class Reporter final : public Observer {
  public:
    using Clock = std::chrono::steady_clock;

    explicit Reporter(Session& session);
    ~Reporter() override { finish(); }

    void progress(const Progress& now) override;
    /// Warnings and what was left out are always shown, also with -q: exit code 3 promises that
    /// each item is named. Mere information is not shown with -q.
    void note(Severity severity, const Error& about) override;
    void note_kind(Severity severity, const Error& first, std::uint64_t count) override;
    bool wants_each() const override { return session_.globals().verbose; }

    bool wants_timings() const override { return session_.globals().timings; }
    /// Always shown: it was asked for.
    void timings(const Timings& timings) override;

    /// For a command whose data goes to the same terminal as the bar would.
    void hide_progress() noexcept { hidden_ = true; }
    /// Erases the bar; the next progress draws it again.
    void clear() { session_.console().clear_status(); }
    /// Erases the bar, and with -v tells how long each stage took.
    void finish();

    Clock::duration elapsed() const { return Clock::now() - start_; }

  private:
    void enter_stage(const Progress& first, Clock::time_point now);
    void end_stage(Clock::time_point now);
    void show(Severity severity, const Error& about, std::uint64_t count);
    void measure(const Progress& now, Clock::time_point time);
    std::string bar_line(const Progress& now) const;
    enum class Totals : bool { no, yes };
    std::string figures(const Progress& now, Totals files_total) const;
    Json progress_json(const Progress& now) const;

    Session& session_;
    const Clock::time_point start_ = Clock::now();
    std::string stage_;
    Clock::time_point stage_start_ = start_;
    Clock::time_point shown_ = start_;  // when progress was last shown
    bool hidden_ = false;
    std::uint64_t measured_bytes_ = 0;
    Clock::time_point measured_ = start_;
    double rate_ = 0;  // bytes a second, smoothed
};

}  // namespace holt::cli
