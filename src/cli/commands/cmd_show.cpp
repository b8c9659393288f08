// holt show: all about one snapshot.
#include <fmt/format.h>

#include <chrono>

#include "base/error.h"
#include "cli/output/text.h"
#include "cli/parse/options.h"
#include "cli/session/command.h"

namespace holt::cli {
namespace {

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
        field("id", info.id.hex());
        if (!info.name.empty()) field("name", printable(info.name));
        if (!info.key.empty()) {
            field("key", printable(info.key));
            field("scope", info.scope.empty() ? "main" : printable(info.scope));
            if (!info.producer.empty()) field("producer", printable(info.producer));
            if (info.build_ms)
                field("built in", duration_text(std::chrono::milliseconds(*info.build_ms)));
            if (info.folders_saved > 1) field("together", count_text(info.folders_saved, "folder"));
        }
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
        field("root", info.root.hex());
    }

    std::string snap_;
};

}  // namespace

std::unique_ptr<Command> make_show_command() {
    return std::make_unique<ShowCommand>();
}

}  // namespace holt::cli
