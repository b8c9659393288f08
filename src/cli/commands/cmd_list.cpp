// holt list: which snapshots there are.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <holt/retention.hpp>
#include <system_error>

#include "base/error.h"
#include "cli/output/table.h"
#include "cli/output/text.h"
#include "cli/parse/keep_rules.h"
#include "cli/parse/options.h"
#include "cli/session/command.h"

namespace holt::cli {
namespace {

constexpr std::size_t kShortId = 8;  // what a SNAP must have at least

/// How many digits tell all ids apart, at least kShortId.
std::size_t distinct_id_length(const std::vector<SnapshotInfo>& snapshots) {
    std::vector<std::string> ids;
    for (const SnapshotInfo& snapshot : snapshots) ids.push_back(snapshot.id.hex());
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
                .description =
                    "List the snapshots\n\nOldest first; with filters those for which all hold. "
                    "Long keys are cut without -v.",
                .examples =
                    "Examples:\n"
                    "  holt list\n"
                    "  holt list --key-prefix venv- --tag ci\n"
                    "  holt list --path ~/project\n"
                    "  holt list --json | jq -r 'select(.type == \"snapshot\").id'"};
    }

    void define(OptionTable& table) override {
        add_value(table, "--key-prefix", key_prefix_, "TEXT", "only keys that begin with TEXT");
        add_list(table, "--tag", tags_, "TAG,...", "only with these tags, each KEY or KEY=VALUE");
        add_value(table, "--path", path_, "DIR", "only of DIR, or of something in it");
    }

    Result<int> run(Session& session) override {
        std::vector<TagQuery> tags;
        for (const std::string& text : tags_) {
            HOLT_TRY_LET(parsed, parse_tag_queries({"list", "--tag"}, text));
            tags.insert(tags.end(), parsed.begin(), parsed.end());
        }
        HOLT_TRY_LET(store, session.open_store(Access::read_only));
        HOLT_TRY_LET(snapshots, store.list());
        const std::string path = path_.empty() ? "" : real_folder(path_);
        std::erase_if(snapshots, [&](const SnapshotInfo& one) {
            return !one.key.starts_with(key_prefix_) || !lies_in(one.source, path) ||
                   !std::ranges::all_of(tags, [&](const TagQuery& tag) { return has(one, tag); });
        });
        if (session.json())
            print_json(session, snapshots);
        else
            print_table(session, snapshots);
        return 0;
    }

  private:
    static bool has(const SnapshotInfo& snapshot, const TagQuery& query) {
        return std::ranges::any_of(snapshot.tags, [&](const auto& tag) {
            return tag.first == query.key && (!query.value || tag.second == *query.value);
        });
    }
    /// As it was taken: absolute. One that is gone is looked for as it is written.
    static std::string real_folder(const std::string& path) {
        std::error_code failed;
        std::string real = std::filesystem::weakly_canonical(path, failed).string();
        if (failed) real = path;
        while (real.size() > 1 && real.back() == '/') real.pop_back();
        return real;
    }
    /// Of several folders that were saved together, one a line.
    static bool lies_in(std::string_view sources, const std::string& folder) {
        if (folder.empty() || folder == "/") return true;
        for (;;) {
            const std::string_view one = sources.substr(0, sources.find('\n'));
            if (one == folder || one.starts_with(folder + "/")) return true;
            if (one.size() == sources.size()) return false;
            sources.remove_prefix(one.size() + 1);
        }
    }

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
        if (snapshots.empty()) return session.tell("no snapshots; `holt snapshot PATH` takes one");
        Table table({{.title = "ID", .color = Color::yellow},
                     {.title = "NAME", .color = Color::bold},
                     {.title = "KEY"},
                     {.title = "CREATED"},
                     {.title = "FILES", .align = Align::right},
                     {.title = "SIZE", .align = Align::right},
                     {.title = "SOURCE"}});
        const std::size_t id_length = distinct_id_length(snapshots);
        for (const SnapshotInfo& s : snapshots)
            table.row({s.id.hex().substr(0, id_length), s.name.empty() ? "-" : printable(s.name),
                       shown_key(s.key, session.globals().verbose), time_text(s.created),
                       count_text(s.files), size_text(s.bytes), printable(s.source)});
        table.print(session.out(), session.out_style());
    }

    static std::string shown_key(const std::string& key, bool whole) {
        constexpr std::size_t kMost = 24;
        const std::string shown = key.empty() ? "-" : printable(key);
        return whole || shown.size() <= kMost ? shown : shown.substr(0, kMost - 3) + "...";
    }

    std::string key_prefix_, path_;
    std::vector<std::string> tags_;
};

}  // namespace

std::unique_ptr<Command> make_list_command() {
    return std::make_unique<ListCommand>();
}

}  // namespace holt::cli
