#include "cli/session/difference.h"

#include <fmt/format.h>

#include "base/error.h"
#include "cli/output/text.h"
#include "cli/session/operation.h"

namespace holt::cli {
namespace {

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

}  // namespace

void print_difference(Session& session, const DiffEntry& entry) {
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

void tell_differences(Session& session, const DiffReport& report, std::string_view none) {
    if (report.left_out > 0 && !report.differs()) none = "no difference in what is known";
    session.tell(report.differs()
                     ? fmt::format("{} added, {} removed, {} changed", count_text(report.added),
                                   count_text(report.removed), count_text(report.changed))
                     : std::string(none));
}

int difference_code(Session& session, const DiffReport& report) {
    const int incomplete = partial_code(session, report.left_out, "could not be compared");
    if (report.differs()) return kDiffers;
    return report.warnings > 0 ? exit_code(ErrorKind::partial) : incomplete;
}

void put_differences(Json& summary, const DiffReport& report) {
    summary["differs"] = report.differs();
    summary["added"] = report.added;
    summary["removed"] = report.removed;
    summary["changed"] = report.changed;
    summary["same"] = report.same;
    summary["left_out"] = report.left_out;
}

}  // namespace holt::cli
