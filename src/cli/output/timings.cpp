#include "cli/output/timings.h"

#include <fmt/format.h>

#include <string_view>

#include "cli/output/text.h"

namespace holt::cli {
namespace {

double seconds_of(std::chrono::nanoseconds time) {
    return std::chrono::duration<double>(time).count();
}

/// "system calls: 46,526 open, 93,052 read"
std::string counts_line(std::string_view title, const std::vector<Timings::Count>& counts) {
    std::string line;
    for (const Timings::Count& count : counts) {
        line +=
            fmt::format("{}{} {}", line.empty() ? "" : ", ", count_text(count.value), count.name);
    }
    return fmt::format("{}: {}", title, line);
}

Json counts_json(const std::vector<Timings::Count>& counts) {
    Json object = Json::object();
    for (const Timings::Count& count : counts) object[std::string(count.name)] = count.value;
    return object;
}

}  // namespace

std::vector<std::string> timings_lines(const Timings& timings) {
    std::chrono::nanoseconds busy{0};
    for (const Timings::Stage& stage : timings.stages) busy += stage.total;
    std::vector<std::string> lines{"stage       seconds   share       times"};
    for (const Timings::Stage& stage : timings.stages) {
        const double share = busy.count() > 0 ? seconds_of(stage.total) / seconds_of(busy) : 0;
        lines.push_back(fmt::format("{:<10}  {:>7.3f}  {:>5.1f}%  {:>10}", stage.name,
                                    seconds_of(stage.total), 100 * share, count_text(stage.times)));
    }
    lines.push_back(fmt::format("{:.3f} s passed, {:.3f} s of work by all threads",
                                seconds_of(timings.elapsed), seconds_of(busy)));
    if (!timings.caches.empty()) lines.push_back(counts_line("caches", timings.caches));
    if (!timings.system_calls.empty())
        lines.push_back(counts_line("system calls", timings.system_calls));
    return lines;
}

Json timings_json(const Timings& timings) {
    Json line = json_line("timings");
    line["elapsed_seconds"] = seconds_of(timings.elapsed);
    Json stages = Json::array();
    for (const Timings::Stage& stage : timings.stages) {
        stages.push_back(
            {{"stage", stage.name}, {"seconds", seconds_of(stage.total)}, {"times", stage.times}});
    }
    line["stages"] = std::move(stages);
    line["caches"] = counts_json(timings.caches);
    line["system_calls"] = counts_json(timings.system_calls);
    return line;
}

}  // namespace holt::cli
