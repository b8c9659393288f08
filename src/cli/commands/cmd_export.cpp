// holt export: writes a snapshot as an archive.
#include <fmt/format.h>
#include <unistd.h>

#include <holt/archive.hpp>
#include <holt/zstd.hpp>

#include "base/error.h"
#include "cli/output/text.h"
#include "cli/parse/options.h"
#include "cli/session/command.h"
#include "cli/session/operation.h"

namespace holt::cli {
namespace {

class ExportCommand final : public Command {
  public:
    CommandInfo info() const override {
        return {
            .name = "export",
            .group = "Archives",
            .description =
                "Write a snapshot as an archive\n\nThe format follows from FILE's suffix: .tar, "
                ".tar.gz (.tgz), .tar.zst (.tzst), .zip or .holt; or from --format. With - it "
                "goes to standard output. A file appears whole or not at all, and the same "
                "snapshot always gives the same bytes. A .tar.zst can be sought in (zstd's "
                "seekable format). A .holt file is for `holt import` on another machine: whole "
                "snapshots with just the blocks they need.",
            .examples =
                "Examples:\n"
                "  holt export venv-1 venv-1.tar.zst\n"
                "  holt export latest:src src.tar.gz      only what is below src\n"
                "  holt export latest docs.zip --include '*.md'\n"
                "  holt export latest - --format tar | ssh host tar x -C /srv\n"
                "  holt export nightly all.holt --since last-week\n"
                "                                         only what the other side lacks"};
    }

    void define(OptionTable& table) override {
        add_operands(table, "SNAP[:SUB] FILE", operands_,
                     "the snapshot, and the path in it when only a part is wanted (several whole "
                     "ones for a .holt); then the archive, - is standard output");
        format_option_ =
            add_value(table, "--format", format_, "FORMAT", "tar, tar.gz, tar.zst, zip or holt")
                ->words({"tar", "tar.gz", "tar.zst", "zip", "holt"});
        level_option_ = add_value(table, "--level", level_, "N",
                                  "of the compression: 1 (fast) to 19 (small) for .tar.zst, to 12 "
                                  "for .tar.gz, to 9 for .zip");
        add_list(table, "--since", options_.since, "SNAP",
                 ".holt only: leave out what this snapshot holds, which the other side has; may be "
                 "repeated");
        add_list(table, "--include", options_.include, "GLOB", kIncludeHelp);
        add_list(table, "--exclude", options_.exclude, "GLOB", kExcludeHelp);
        add_switch(table, "-f,--force", options_.overwrite, "replace FILE if it is there");
    }

    Result<int> run(Session& session) override {
        HOLT_TRY(complete_options());
        const bool to_stdout = place_.path == "-";
        if (to_stdout && session.out().terminal())
            return usage_error("export", "an archive is not for a terminal; redirect the output");
        HOLT_TRY_LET(store, session.open_store(Access::read_only));
        if (to_stdout) {
            place_ = {.path = "standard output", .fd = session.out().fd()};
            session.data_to_stdout();
        }
        Operation operation(session);
        options_.cancel = operation.cancel();
        auto report = store.export_to(operands_, place_, options_, operation.reporter());
        const auto time = operation.finish();
        if (!report) return std::unexpected(std::move(report).error());
        print(session, *report, time);
        const int code = partial_code(session, report->left_out, "that the format cannot hold");
        if (session.json()) session.emit(summary(session, *report, time, code));
        return code;
    }

  private:
    Status complete_options() {
        if (operands_.size() < 2) return usage_error("export", "it takes SNAP and FILE");
        place_.path = std::move(operands_.back());
        operands_.pop_back();
        if (place_.path.empty()) return usage_error("export", "FILE is empty");
        if (format_option_->count() > 0) {
            options_.format = archive_format(format_);
            if (!options_.format || name(*options_.format) != format_)
                return usage_error("export",
                                   "--format takes one of tar, tar.gz, tar.zst, zip, "
                                   "holt");
        }
        if (place_.path == "-" && !options_.format)
            return usage_error("export", "with - give --format");
        if (level_option_->count() == 0) return {};
        HOLT_TRY_LET(level, parse_integer({"export", "--level"}, level_, zstd_levels().min,
                                          zstd_levels().max));
        if (level == 0) return usage_error("export", "there is no level 0");
        options_.level = static_cast<int>(level);
        return {};
    }

    void print(Session& session, const ExportReport& report, std::chrono::nanoseconds time) const {
        session.tell(fmt::format("exported {}, {}, {} to {}", count_text(report.files, "file"),
                                 count_text(report.folders, "folder"), size_text(report.bytes),
                                 printable(place_.path)));
        const std::string rate = rate_text(report.bytes, time);
        session.tell(fmt::format("wrote    {} in {}{}", size_text(report.archive_bytes),
                                 duration_text(time), rate.empty() ? "" : ", " + rate));
    }

    Json summary(Session& session, const ExportReport& report, std::chrono::nanoseconds time,
                 int code) const {
        Json object = session.summary(code);
        object["snapshots"] = snapshots_json(report.snapshots);
        put_bytes(object, "archive", place_.path);
        put_tree_counts(object, report);
        object["archive_bytes"] = report.archive_bytes;
        object["left_out"] = report.left_out;
        object["seconds"] = seconds(time);
        return object;
    }

    std::vector<std::string> operands_;
    ArchivePlace place_;
    std::string format_, level_;
    Option *format_option_ = nullptr, *level_option_ = nullptr;
    ExportOptions options_;
};

}  // namespace

std::unique_ptr<Command> make_export_command() {
    return std::make_unique<ExportCommand>();
}

}  // namespace holt::cli
