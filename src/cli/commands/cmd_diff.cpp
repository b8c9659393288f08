// holt diff: what differs between two snapshots, or a snapshot and a folder.

#include "base/error.h"
#include "cli/parse/options.h"
#include "cli/session/command.h"
#include "cli/session/difference.h"
#include "cli/session/operation.h"

namespace holt::cli {
namespace {

class DiffCommand final : public Command {
  public:
    CommandInfo info() const override {
        return {.name = "diff",
                .group = "Snapshots",
                .description =
                    "Show what differs between two trees\n\nEach side is a snapshot, a path in "
                    "one, or a folder on disk. What names no snapshot is a folder, and so is what "
                    "begins with / or ./ where there is such a folder. The exit code is 0 when "
                    "they are the same, 1 when "
                    "they differ.\n\n"
                    "+ added, - removed, M content changed, m mode, owner, time or attributes "
                    "changed, T another kind of file.",
                .examples =
                    "Examples:\n"
                    "  holt diff before after\n"
                    "  holt diff latest ./project      what changed since the snapshot\n"
                    "  holt diff before:lib after:lib\n"
                    "  holt diff before after --exclude '*.pyc'"};
    }

    void define(OptionTable& table) override {
        add_operand(table, "A", a_, "the old side: SNAP[:SUB] or a folder")->required();
        add_operand(table, "B", b_, "the new side")->required();
        add_list(table, "--include", options_.include, "GLOB", kIncludeHelp);
        add_list(table, "--exclude", options_.exclude, "GLOB", kExcludeHelp);
    }

    Result<int> run(Session& session) override {
        HOLT_TRY_LET(store, session.open_store(Access::read_only));
        Reporter reporter(session);
        HOLT_TRY_LET(report, store.diff(
                                 a_, b_, options_,
                                 [&](const DiffEntry& entry) { print_difference(session, entry); },
                                 reporter));
        reporter.finish();
        const int code = difference_code(session, report);
        // `same` counts what had to be looked at, not all that is the same: of no use to a person.
        tell_differences(session, report, "no difference");
        if (session.json()) {
            Json summary = session.summary(code);
            put_differences(summary, report);
            session.emit(summary);
        }
        return code;
    }

  private:
    std::string a_, b_;
    DiffOptions options_;
};

}  // namespace

std::unique_ptr<Command> make_diff_command() {
    return std::make_unique<DiffCommand>();
}

}  // namespace holt::cli
