// holt find: where a file was last.
#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <holt/retention.hpp>

#include "base/error.h"
#include "cli/output/text.h"
#include "cli/parse/keep_rules.h"
#include "cli/session/command.h"
#include "cli/session/operation.h"

namespace holt::cli {
namespace {

Time now() {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return time_of_ns(std::chrono::duration_cast<std::chrono::nanoseconds>(since).count());
}

// A day of the calendar at its beginning, in UTC.
std::optional<Time> parse_date(std::string_view text) {
    int parts[3] = {};
    for (int i = 0; i < 3; ++i) {
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parts[i]);
        if (error != std::errc{} || parts[i] < 0) return std::nullopt;
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        if (i < 2 && !text.starts_with('-')) return std::nullopt;
        if (i < 2) text.remove_prefix(1);
    }
    const std::chrono::year_month_day date(std::chrono::year(parts[0]),
                                           std::chrono::month(static_cast<unsigned>(parts[1])),
                                           std::chrono::day(static_cast<unsigned>(parts[2])));
    if (!text.empty() || !date.ok()) return std::nullopt;
    constexpr std::int64_t kDay = 86'400;
    return Time{.seconds = std::chrono::sys_days(date).time_since_epoch().count() * kDay};
}

// "30d" before now, or "2026-11-20".
Result<Time> parse_moment(Origin from, std::string_view text) {
    if (const auto date = parse_date(text)) return *date;
    const auto span = parse_span(from, text);
    if (!span)
        return usage_error(from.command,
                           fmt::format("{} takes a span such as 30d, or a day such as 2026-11-20, "
                                       "not '{}'",
                                       from.option, printable(text)));
    // A month has 30 days here, a year 365.
    const std::int64_t days =
        std::int64_t{span->years} * 365 + std::int64_t{span->months} * 30 + span->days;
    Time moment = now();
    moment.seconds -= (days * 24 + span->hours) * 3600;
    return moment;
}

class FindCommand final : public Command {
  public:
    CommandInfo info() const override {
        return {.name = "find",
                .group = "Snapshots",
                .description =
                    "Find files in all snapshots\n\nTells for each path, and each content that it "
                    "had, the newest snapshot that has it: where a file was last. PATTERN is "
                    "written as a GLOB of `holt snapshot --exclude`; a name alone matches in any "
                    "folder.",
                .examples =
                    "Examples:\n"
                    "  holt find 'libssl*'\n"
                    "  holt find --digest 9f86d081884c7d65\n"
                    "  holt find '*.log' --size +10M --newer 7d\n"
                    "  holt find /etc/passwd --all"};
    }

    void define(OptionTable& table) override {
        add_operand(table, "PATTERN", options_.glob, "the paths that are looked for");
        add_value(table, "--digest", options_.digest, "HEX",
                  "files with this BLAKE3 digest, or one that begins so (8 digits or more)");
        size_given_ = add_value(table, "--size", size_, "[+-]SIZE",
                                "files of this size; +SIZE: at least, -SIZE: at most");
        newer_given_ =
            add_value(table, "--newer", newer_, "WHEN",
                      "changed since WHEN: a span before now (7d), or a day (2026-11-20)");
        older_given_ = add_value(table, "--older", older_, "WHEN", "not changed since WHEN");
        add_list(table, "--snapshot", options_.snaps, "SNAP", "only in this one; may be repeated");
        add_switch(table, "--all", options_.all, "tell each place in each snapshot");
    }

    Result<int> run(Session& session) override {
        HOLT_TRY(complete_options());
        HOLT_TRY_LET(store, session.open_store(Access::read_only));
        Operation operation(session);
        operation.reporter().hide_progress();
        options_.cancel = operation.cancel();
        const auto visit = [&](const FoundEntry& found) { print(session, found); };
        HOLT_TRY_LET(report, store.find_entries(options_, visit, operation.reporter()));
        operation.finish();
        const int partial = partial_code(session, report.damaged, "could not be read");
        const int code = partial == 0 && report.found == 0 ? exit_code(ErrorKind::failed) : partial;
        if (report.found == 0)
            session.tell("not found in " + count_text(report.snapshots, "snapshot"));
        if (session.json()) {
            Json summary = session.summary(code);
            summary["found"] = report.found;
            summary["snapshots"] = report.snapshots;
            summary["damaged"] = report.damaged;
            session.emit(summary);
        }
        return code;
    }

  private:
    Status complete_options() {
        if (size_given_->count() > 0) {
            std::string_view text = size_;
            const char sign = text.empty() ? ' ' : text[0];
            if (sign == '+' || sign == '-') text.remove_prefix(1);
            HOLT_TRY_LET(size, parse_size({"find", "--size"}, text));
            if (sign != '-') options_.min_size = size;
            if (sign != '+') options_.max_size = size;
        }
        if (newer_given_->count() > 0) {
            HOLT_TRY_LET(moment, parse_moment({"find", "--newer"}, newer_));
            options_.newer = moment;
        }
        if (older_given_->count() > 0) {
            HOLT_TRY_LET(moment, parse_moment({"find", "--older"}, older_));
            options_.older = moment;
        }
        const bool asks = !options_.glob.empty() || !options_.digest.empty() || options_.min_size ||
                          options_.max_size || options_.newer || options_.older;
        return asks ? Status{} : usage_error("find", "nothing says what to look for");
    }

    static void print(Session& session, const FoundEntry& found) {
        const SnapshotInfo& snapshot = found.snapshot;
        const EntryInfo& entry = found.entry;
        if (session.json()) {
            Json line = json_line("found");
            line["snapshot"] = snapshot.id.hex();
            put_bytes(line, "snapshot_name", snapshot.name);
            put_time(line, "created", snapshot.created);
            put_entry(line, entry);
            session.emit(line);
            return;
        }
        const std::string title =
            snapshot.name.empty() ? snapshot.id.short_hex() : printable(snapshot.name);
        session.out().line(fmt::format(
            "{}:{}{}  {}  {}  taken {}", title, printable(entry.path),
            entry.kind == EntryKind::folder ? "/" : "",
            entry.kind == EntryKind::file ? size_text(entry.size) : std::string(name(entry.kind)),
            time_text(entry.mtime), time_text(snapshot.created)));
    }

    FindOptions options_;
    std::string size_, newer_, older_;
    Option *size_given_ = nullptr, *newer_given_ = nullptr, *older_given_ = nullptr;
};

}  // namespace

std::unique_ptr<Command> make_find_command() {
    return std::make_unique<FindCommand>();
}

}  // namespace holt::cli
