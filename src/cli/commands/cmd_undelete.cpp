// holt undelete: bringing back what was forgotten.
#include <fmt/format.h>

#include "base/error.h"
#include "cli/output/text.h"
#include "cli/parse/options.h"
#include "cli/session/command.h"

namespace holt::cli {
namespace {

std::string title(const SnapshotInfo& snapshot) {
    return snapshot.name.empty() ? snapshot.id.short_hex() : printable(snapshot.name);
}

class UndeleteCommand final : public Command {
  public:
    CommandInfo info() const override {
        return {.name = "undelete",
                .group = "Snapshots",
                .description =
                    "Bring back forgotten snapshots\n\nThose named by SNAP (name, key or id), as "
                    "long as `holt gc` has not removed their content. One whose name another has "
                    "by now comes back without a name.",
                .examples =
                    "Examples:\n"
                    "  holt undelete --list\n"
                    "  holt undelete nightly-7\n"
                    "  holt undelete --all"};
    }

    void define(OptionTable& table) override {
        add_operands(table, "SNAP", snaps_, "the snapshots to bring back");
        add_switch(table, "--all", all_, "bring back all that were forgotten");
        add_switch(table, "--list", list_, "only list those that can be brought back");
    }

    Result<int> run(Session& session) override {
        if (!list_ && !all_ && snaps_.empty())
            return usage_error("undelete", "name a snapshot, or give --all or --list");
        if ((all_ || list_) && !snaps_.empty())
            return usage_error("undelete", "--all and --list take no SNAP");
        HOLT_TRY_LET(store, session.open_store(list_ ? Access::read_only : Access::read_write));
        HOLT_TRY_LET(snapshots, list_ ? store.list_forgotten() : store.undelete(snaps_));
        for (const SnapshotInfo& snapshot : snapshots) {
            if (session.json()) {
                Json line = json_line("snapshot");
                put_snapshot(line, snapshot);
                session.emit(line);
            } else {
                session.out().line(fmt::format("{}  {}  {}", snapshot.id.short_hex(),
                                               title(snapshot), time_text(snapshot.created)));
            }
        }
        if (!list_)
            session.tell("brought back " + count_text(snapshots.size(), "snapshot"));
        else if (snapshots.empty())
            session.tell("nothing was forgotten that can be brought back");
        if (session.json()) {
            Json summary = session.summary(0);
            summary["snapshots"] = snapshots.size();
            session.emit(summary);
        }
        return 0;
    }

  private:
    std::vector<std::string> snaps_;
    bool all_ = false, list_ = false;
};

}  // namespace

std::unique_ptr<Command> make_undelete_command() {
    return std::make_unique<UndeleteCommand>();
}

}  // namespace holt::cli
