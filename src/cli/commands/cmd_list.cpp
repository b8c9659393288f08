// holt list and holt show: which snapshots there are, and all about one.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "cli/output/table.h"
#include "cli/output/text.h"
#include "cli/parse/options.h"
#include "cli/session/command.h"

namespace holt::cli {
namespace {

constexpr std::size_t kShortId = 8;  // what a SNAP must have at least

/// How many digits tell all ids apart, at least kShortId.
std::size_t distinct_id_length(const std::vector<SnapshotInfo>& snapshots) {
    std::vector<std::string> ids;
    for (const SnapshotInfo& snapshot : snapshots) ids.push_back(snapshot.id);
    std::ranges::sort(ids);
    std::size_t length = kShortId;
    for (std::size_t i = 1; i < ids.size(); ++i) {
        const auto [a, b] = std::ranges::mismatch(ids[i - 1], ids[i]);
        const auto shared = static_cast<std::size_t>(a - ids[i - 1].begin());
        length = std::max(length, shared + 1);
    }
    return length;
}

class ListCommand final : public Command {
  public:
    CommandInfo info() const override {
        return {.name = "list",
                .group = "Snapshots",
                .description = "List the snapshots\n\nOldest first.",
                .examples =
                    "Examples:\n"
                    "  holt list\n"
                    "  holt list --json | jq -r 'select(.type == \"snapshot\").id'"};
    }

    void define(OptionTable&) override {}

    Result<int> run(Session& session) override {
        HOLT_TRY_LET(store, session.open_store(Access::read_only));
        HOLT_TRY_LET(snapshots, store.list());
        if (session.json())
            print_json(session, snapshots);
        else
            print_table(session, snapshots);
        return 0;
    }

  private:
    static void print_json(Session& session, const std::vector<SnapshotInfo>& snapshots) {
        for (const SnapshotInfo& snapshot : snapshots) {
            Json line = json_line("snapshot");
            put_snapshot(line, snapshot);
            session.emit(line);
        }
        Json summary = session.summary(0);
        summary["snapshots"] = snapshots.size();
        session.emit(summary);
    }

    static void print_table(Session& session, const std::vector<SnapshotInfo>& snapshots) {
        if (snapshots.empty())
            return session.tell("no snapshots yet; `holt snapshot PATH` takes one");
        Table table({{.title = "ID", .color = Color::yellow},
                     {.title = "NAME", .color = Color::bold},
                     {.title = "CREATED"},
                     {.title = "FILES", .align = Align::right},
                     {.title = "SIZE", .align = Align::right},
                     {.title = "SOURCE"}});
        const std::size_t id_length = distinct_id_length(snapshots);
        for (const SnapshotInfo& s : snapshots)
            table.row({s.id.substr(0, id_length), s.name.empty() ? "-" : printable(s.name),
                       time_text(s.created), count_text(s.files), size_text(s.bytes),
                       printable(s.source)});
        table.print(session.out(), session.out_style());
    }
};

class ShowCommand final : public Command {
  public:
    CommandInfo info() const override {
        return {.name = "show",
                .group = "Snapshots",
                .description =
                    "Tell all about one snapshot\n\nIts id, name, key, tags, where and "
                    "when it was taken, and what is in it.",
                .examples =
                    "Examples:\n"
                    "  holt show latest\n"
                    "  holt show venv-1 --json"};
    }

    void define(OptionTable& table) override {
        add_operand(table, "SNAP", snap_,
                    "name, key, id (8 digits or more) or latest; "
                    "name:N, key:K and id:P say which")
            ->required();
    }

    Result<int> run(Session& session) override {
        HOLT_TRY_LET(store, session.open_store(Access::read_only));
        HOLT_TRY_LET(info, store.find(snap_));
        if (session.json())
            print_json(session, info);
        else
            print_text(session, info);
        return 0;
    }

  private:
    static void print_json(Session& session, const SnapshotInfo& info) {
        Json line = json_line("snapshot");
        put_snapshot(line, info);
        session.emit(line);
        session.emit(session.summary(0));
    }

    static void print_text(Session& session, const SnapshotInfo& info) {
        const auto field = [&](std::string_view title, const std::string& value) {
            session.out().line(session.out_style()(Color::bold, fmt::format("{:<10}", title)) +
                               value);
        };
        field("id", info.id);
        if (!info.name.empty()) field("name", printable(info.name));
        if (!info.key.empty()) field("key", printable(info.key));
        for (const auto& [key, value] : info.tags)
            field("tag", printable(key) + "=" + printable(value));
        field("source", printable(info.source));
        field("created", time_text(info.created));
        if (info.last_used) field("last used", time_text(*info.last_used));
        if (info.hold) field("hold", "nothing forgets it");
        field("files", fmt::format("{}, {}", count_text(info.files), size_text(info.bytes)));
        field("folders", count_text(info.folders));
        field("symlinks", count_text(info.symlinks));
        if (info.others > 0) field("others", count_text(info.others));
        if (info.left_out > 0)
            field("left out", count_text(info.left_out) + " that could not be read");
        field("root", info.root);
    }

    std::string snap_;
};

}  // namespace

std::unique_ptr<Command> make_list_command() {
    return std::make_unique<ListCommand>();
}

std::unique_ptr<Command> make_show_command() {
    return std::make_unique<ShowCommand>();
}

}  // namespace holt::cli
