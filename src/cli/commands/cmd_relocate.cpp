// holt relocate: what moving a folder to another path would mean.
#include <fmt/format.h>

#include <holt/relocation.hpp>

#include "base/error.h"
#include "cli/output/text.h"
#include "cli/parse/options.h"
#include "cli/session/command.h"
#include "cli/session/operation.h"

namespace holt::cli {
namespace {

class RelocateCommand final : public Command {
  public:
    CommandInfo info() const override {
        return {.name = "relocate",
                .group = "More",
                .description =
                    "Tell which files of a folder name its own path\n\nReads DIR and lists every "
                    "file in it that holds DIR's path, by kind, and what a restore to another "
                    "path does with each place: fill (the new path is shorter, slashes keep the "
                    "length), replace (another length), rewrite (a script's first line, a length "
                    "that the file states), origin (a library's run path begins with $ORIGIN), "
                    "cut (the string ends earlier), cannot. Nothing is changed.\n\n"
                    "With --to, the exit code is 12 when a file cannot be moved there.\n\n"
                    "`holt snapshot --relocatable` finds the same, and `holt restore` of that "
                    "snapshot moves the tree.",
                .examples =
                    "Examples:\n"
                    "  holt relocate --check .venv\n"
                    "  holt relocate --check /opt/toolchain --to /srv/build/toolchain\n"
                    "  holt relocate --check .venv --json"};
    }

    void define(OptionTable& table) override {
        add_value(table, "--check", folder_, "DIR", "the folder to look at")->required();
        add_value(table, "--to", options_.to, "PATH", "the path that it is to stand at");
        add_switch(table, "--packed", options_.packed,
                   "list also zip, jar, wheel and gzip files that hold the path; what is in them "
                   "stays as it is");
    }

    Result<int> run(Session& session) override {
        if (folder_.empty()) return usage_error("relocate", "DIR is empty");
        Operation operation(session);
        operation.reporter().hide_progress();
        options_.cancel = operation.cancel();
        const auto visit = [&](const RelocationFile& file) { print(session, file); };
        HOLT_TRY_LET(report, check_relocation(folder_, options_, visit, operation.reporter()));
        operation.finish();
        const int partial = partial_code(session, report.left_out, "could not be read");
        const int code = report.cannot > 0 ? exit_code(ErrorKind::unsafe_input) : partial;
        tell(session, report);
        if (session.json()) session.emit(summary(session, report, code));
        return code;
    }

  private:
    static void print(Session& session, const RelocationFile& file) {
        if (session.json()) {
            Json line = json_line("file");
            put_bytes(line, "path", file.path);
            line["class"] = name(file.kind);
            Json places = Json::array();
            for (const RelocationPlace& place : file.places)
                places.push_back({{"offset", place.offset}, {"action", place.action}});
            line["places"] = std::move(places);
            if (!file.problem.empty()) line["problem"] = file.problem;
            return session.emit(line);
        }
        std::string actions;
        for (const RelocationPlace& place : file.places)
            if (actions.find(place.action) == std::string::npos)
                actions += (actions.empty() ? "" : ", ") + std::string(place.action);
        session.out().line(fmt::format("{:<8}{:>5}  {:<16}  {}{}", name(file.kind),
                                       file.places.size(), actions, printable(file.path),
                                       file.problem.empty() ? "" : ": " + file.problem));
    }

    void tell(Session& session, const RelocationReport& report) const {
        session.tell(fmt::format("{} of {} read hold {} in {}", count_text(report.holding, "item"),
                                 count_text(report.files, "file"), printable(report.folder),
                                 count_text(report.places, "place")));
        for (std::size_t i = 0; i < report.by_class.size(); ++i)
            if (report.by_class[i] > 0)
                session.tell(fmt::format("  {:<8}{:>8}", name(static_cast<RelocationClass>(i)),
                                         report.by_class[i]));
        if (options_.to.empty()) return;
        session.tell(report.cannot == 0
                         ? "all of them can be moved to " + printable(options_.to)
                         : fmt::format("{} cannot be moved to {}",
                                       count_text(report.cannot, "file"), printable(options_.to)));
    }

    static Json summary(Session& session, const RelocationReport& report, int code) {
        Json object = session.summary(code);
        put_bytes(object, "folder", report.folder);
        object["files"] = report.files;
        object["holding"] = report.holding;
        object["places"] = report.places;
        object["cannot"] = report.cannot;
        object["left_out"] = report.left_out;
        Json classes = Json::object();
        for (std::size_t i = 0; i < report.by_class.size(); ++i)
            classes[std::string(name(static_cast<RelocationClass>(i)))] = report.by_class[i];
        object["classes"] = std::move(classes);
        return object;
    }

    std::string folder_;
    RelocationCheckOptions options_;
};

}  // namespace

std::unique_ptr<Command> make_relocate_command() {
    return std::make_unique<RelocateCommand>();
}

}  // namespace holt::cli
