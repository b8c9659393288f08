// holt doctor: what a store's place is like, and what to do about it.
#include <fmt/format.h>

#include <algorithm>
#include <holt/doctor.hpp>

#include "base/error.h"
#include "cli/output/text.h"
#include "cli/parse/options.h"
#include "cli/session/command.h"
#include "cli/session/store_path.h"

namespace holt::cli {
namespace {

constexpr int kTrouble = 1;

class DoctorCommand final : public Command {
  public:
    CommandInfo info() const override {
        return {.name = "doctor",
                .group = "Store",
                .description =
                    "Tell what the store's place is like, and what to do about it\n\nLooks at the "
                    "store's file system, free space, locks, rights and leftovers, at the limits "
                    "of the process, and for each FOLDER that snapshots are to be restored to, "
                    "whether files can be linked or cloned there. Files without names are made and "
                    "removed for that. The exit code is 1 when something will fail or is not "
                    "safe.",
                .examples =
                    "Examples:\n"
                    "  holt doctor\n"
                    "  holt doctor ~/work /tmp\n"
                    "  holt doctor --json"};
    }

    void define(OptionTable& table) override {
        add_operands(table, "FOLDER", folders_, "folders that snapshots are to be restored to");
    }

    Result<int> run(Session& session) override {
        HOLT_TRY_LET(path, store_path(session.globals()));
        HOLT_TRY_LET(findings, examine(path, folders_));
        const bool trouble = std::ranges::any_of(findings, [](const Finding& finding) {
            return finding.level == Finding::Level::trouble;
        });
        const int code = trouble ? kTrouble : 0;
        for (const Finding& finding : findings) print(session, finding);
        if (session.json()) session.emit(session.summary(code));
        return code;
    }

  private:
    static void print(Session& session, const Finding& finding) {
        if (session.json()) {
            Json line = json_line("finding");
            line["level"] = name(finding.level);
            line["subject"] = finding.subject;
            put_bytes(line, "object", finding.object);
            put_bytes(line, "state", finding.state);
            put_bytes(line, "advice", finding.advice);
            return session.emit(line);
        }
        const bool good = finding.level == Finding::Level::good;
        const Color color = good                                       ? Color::green
                            : finding.level == Finding::Level::trouble ? Color::red
                                                                       : Color::yellow;
        std::string line = session.out_style()(color, fmt::format("{:<8}", name(finding.level)));
        line += fmt::format("{:<12} ", finding.subject);
        if (!finding.object.empty()) line += printable(finding.object) + ": ";
        session.out().line(line + printable(finding.state));
        if (!finding.advice.empty())
            session.out().line(std::string(21, ' ') + printable(finding.advice));
    }

    std::vector<std::string> folders_;
};

}  // namespace

std::unique_ptr<Command> make_doctor_command() {
    return std::make_unique<DoctorCommand>();
}

}  // namespace holt::cli
