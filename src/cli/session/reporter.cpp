#include "cli/session/reporter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "cli/output/advice.h"
#include "cli/output/text.h"
#include "cli/output/timings.h"

namespace holt::cli {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kBarInterval{100};  // ten times a second
constexpr milliseconds kPlainInterval{5000};
constexpr milliseconds kJsonInterval{500};
constexpr std::size_t kWidestBar = 24, kNarrowestBar = 6;

double share_done(const Progress& p) noexcept {
    const bool by_bytes = p.bytes_total > 0;
    const std::uint64_t done = by_bytes ? p.bytes_done : p.files_done;
    const std::uint64_t total = by_bytes ? p.bytes_total : p.files_total;
    if (total == 0) return -1;
    return std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
}

/// "12 s left", "3 min left": no more exact than the guess is.
std::string time_left_text(double seconds) {
    constexpr double kMinute = 60, kHour = 3600;
    if (seconds < 1.5 * kMinute) return fmt::format("{:.0f} s left", std::ceil(seconds));
    if (seconds < 1.5 * kHour) return fmt::format("{:.0f} min left", seconds / kMinute);
    return fmt::format("{:.0f} h left", seconds / kHour);
}

std::string_view severity_name(Severity severity) noexcept {
    switch (severity) {
        case Severity::info:
            return "info";
        case Severity::warning:
            return "warning";
        case Severity::left_out:
            return "left_out";
    }
    return "info";
}

}  // namespace

Reporter::Reporter(Session& session) : session_(session) {}

void Reporter::progress(const Progress& now) {
    const Clock::time_point time = Clock::now();
    if (now.stage != stage_) enter_stage(now, time);
    if (hidden_ || session_.globals().quiet) return;
    const bool bar = session_.console().terminal() && !session_.json();
    const milliseconds interval = session_.json() ? kJsonInterval
                                  : bar           ? kBarInterval
                                                  : kPlainInterval;
    // A bar also appears only after one interval: what is done at once should not flicker.
    if (time - shown_ < interval) return;
    shown_ = time;
    measure(now, time);
    if (session_.json())
        session_.emit(progress_json(now));
    else if (bar)
        session_.console().status(bar_line(now));
    else
        session_.console().line(fmt::format("{}: {}", now.stage, figures(now, Totals::yes)));
}

void Reporter::note(Severity severity, const Error& about) {
    show(severity, about, 1);
}

void Reporter::note_kind(Severity severity, const Error& first, std::uint64_t count) {
    show(severity, first, count);
}

void Reporter::show(Severity severity, const Error& about, std::uint64_t count) {
    if (session_.json()) {
        Json line = json_line("note");
        line["severity"] = severity_name(severity);
        put_error(line, about);
        line["count"] = count;
        session_.emit(line);
    }
    Error shown = in_our_words(about);
    if (count > 1) {
        const std::string more = fmt::format("the same with {} more", count_text(count - 1));
        shown.advice += (shown.advice.empty() ? "" : "; ") + more;
    }
    if (severity == Severity::info) {
        session_.tell("holt: " + shown.message());
    } else {
        session_.console().warning(shown);
    }
}

void Reporter::timings(const Timings& timings) {
    if (session_.json()) return session_.emit(timings_json(timings));
    session_.console().clear_status();
    for (const std::string& line : timings_lines(timings)) session_.console().line(line);
}

void Reporter::finish() {
    session_.console().clear_status();
    if (!stage_.empty()) end_stage(Clock::now());
    stage_.clear();
}

void Reporter::enter_stage(const Progress& first, Clock::time_point now) {
    if (!stage_.empty()) end_stage(now);
    stage_ = first.stage;
    stage_start_ = measured_ = now;
    measured_bytes_ = first.bytes_done;
    rate_ = 0;
}

void Reporter::end_stage(Clock::time_point now) {
    if (hidden_ || !session_.globals().verbose) return;
    session_.tell(fmt::format("holt: {}: {}", stage_, duration_text(now - stage_start_)));
}

void Reporter::measure(const Progress& now, Clock::time_point time) {
    const double seconds = std::chrono::duration<double>(time - measured_).count();
    if (seconds <= 0) return;
    // Another file of the same command begins at zero again.
    if (now.bytes_done < measured_bytes_) measured_bytes_ = 0;
    const double latest = static_cast<double>(now.bytes_done - measured_bytes_) / seconds;
    // Smoothed over about two seconds of bars: steady to look at, quick to follow a change.
    rate_ = rate_ == 0 ? latest : 0.95 * rate_ + 0.05 * latest;
    measured_bytes_ = now.bytes_done;
    measured_ = time;
}

std::string Reporter::bar_line(const Progress& now) const {
    const std::string name = fmt::format("{:<8} ", now.stage);
    const double share = share_done(now);
    if (share < 0) return name + figures(now, Totals::yes);
    const std::string text = figures(now, Totals::no);  // the bar shows what is left
    // The bar takes what the figures leave free; below kNarrowestBar it says nothing.
    const std::string percent = fmt::format("{:3.0f}%  ", 100 * share);
    const std::size_t taken = name.size() + percent.size() + text.size() + 4;
    const std::size_t free =
        session_.console().width() - std::min(session_.console().width(), taken);
    const std::size_t width = std::min(free, kWidestBar);
    if (width < kNarrowestBar) return name + percent + text;
    const auto full = static_cast<std::size_t>(share * static_cast<double>(width));
    return fmt::format("{}[{}{}] {}{}", name, std::string(full, '#'),
                       std::string(width - full, '.'), percent, text);
}

std::string Reporter::figures(const Progress& now, Totals files_total) const {
    std::string line;
    const auto add = [&](const std::string& text) { line += (line.empty() ? "" : "  ") + text; };
    if (now.files_total > 0 && files_total == Totals::yes)
        add(count_text(now.files_done) + "/" + count_text(now.files_total, "file"));
    else if (now.files_done > 0 || now.files_total > 0)
        add(count_text(now.files_done, "file"));
    if (now.bytes_total > 0)
        add(size_of_text(now.bytes_done, now.bytes_total));
    else if (now.bytes_done > 0)
        add(size_text(now.bytes_done));
    if (rate_ > 0) add(size_text(static_cast<std::uint64_t>(rate_)) + "/s");
    if (rate_ > 0 && now.bytes_total > now.bytes_done)
        add(time_left_text(static_cast<double>(now.bytes_total - now.bytes_done) / rate_));
    return line;
}

Json Reporter::progress_json(const Progress& now) const {
    Json line = json_line("progress");
    line["stage"] = now.stage;
    line["files_done"] = now.files_done;
    line["files_total"] = now.files_total;
    line["bytes_done"] = now.bytes_done;
    line["bytes_total"] = now.bytes_total;
    line["bytes_per_second"] = static_cast<std::uint64_t>(rate_);
    line["elapsed_seconds"] = std::chrono::duration<double>(elapsed()).count();
    return line;
}

}  // namespace holt::cli
