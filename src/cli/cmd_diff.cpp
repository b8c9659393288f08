// holt diff: what differs between two snapshots, or a snapshot and a folder.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "base/error.h"
#include "cli/command.h"
#include "cli/operation.h"
#include "cli/options.h"
#include "cli/text.h"

namespace holt::cli {
namespace {

constexpr int kDiffers = 1;  // as diff(1)

struct Mark {
    std::string_view sign;
    Color color;
};

Mark mark_of(Change change) noexcept {
    switch (change) {
        case Change::added:
            return {"+", Color::green};
        case Change::removed:
            return {"-", Color::red};
        case Change::content:
            return {"M", Color::yellow};
        case Change::metadata:
            return {"m", Color::cyan};
        case Change::kind:
            return {"T", Color::yellow};
    }
    return {"?", Color::none};
}

class DiffCommand final : public Command {
  public:
    CommandInfo info() const override {
        return {.name = "diff",
                .group = "Snapshots",
                .description =
                    "Show what differs between two trees\n\nEach side is a snapshot, a path in "
                    "one, or a folder on disk. A side with a slash, and one that names no "
                    "snapshot, is a folder. The exit code is 0 when they are the same, 1 when "
                    "they differ.\n\n"
                    "+ added, - removed, M content changed, m mode, owner, time or attributes "
                    "changed, T another kind of file.",
                .examples =
                    "Examples:\n"
                    "  holt diff before after\n"
                    "  holt diff latest ./project      what changed since the snapshot\n"
                    "  holt diff before:lib after:lib"};
    }

    void define(CLI::App& app) override {
        add_operand(app, "A", a_, "the old side: SNAP[:SUB] or a folder")->required();
        add_operand(app, "B", b_, "the new side")->required();
    }

    Result<int> run(Session& session) override {
        HOLT_TRY_LET(store, session.open_store(Access::read_only));
        Reporter reporter(session);
        HOLT_TRY_LET(report,
                     store.diff(
                         a_, b_, [&](const DiffEntry& entry) { print(session, entry); }, reporter));
        reporter.finish();
        const int code = report.differs() ? kDiffers : 0;
        // `same` counts what had to be looked at, not all that is the same: of no use to a person.
        session.tell(report.differs()
                         ? fmt::format("{} added, {} removed, {} changed", count_text(report.added),
                                       count_text(report.removed), count_text(report.changed))
                         : "no difference");
        if (session.json()) {
            Json summary = session.summary(code);
            summary["differs"] = report.differs();
            summary["added"] = report.added;
            summary["removed"] = report.removed;
            summary["changed"] = report.changed;
            summary["same"] = report.same;
            session.emit(summary);
        }
        return code;
    }

  private:
    static void print(Session& session, const DiffEntry& entry) {
        if (session.json()) {
            Json line = json_line("change");
            line["change"] = name(entry.change);
            put_bytes(line, "path", entry.path);
            if (!entry.detail.empty()) put_bytes(line, "detail", entry.detail);
            return session.emit(line);
        }
        const Mark mark = mark_of(entry.change);
        std::string text = fmt::format("{} {}", mark.sign, printable(entry.path));
        if (!entry.detail.empty()) text += "  (" + printable(entry.detail) + ")";
        session.console().clear_status();
        session.out().line(session.out_style()(mark.color, text));
    }

    std::string a_, b_;
};

}  // namespace

std::unique_ptr<Command> make_diff_command() {
    return std::make_unique<DiffCommand>();
}

}  // namespace holt::cli
