#include "cli/session/operation.h"

#include <fmt/format.h>

#include "cli/output/text.h"

namespace holt::cli {

int partial_code(Session& session, std::uint64_t left_out, std::string_view what) {
    if (left_out == 0) return 0;
    session.console().line(session.console().style()(Color::yellow, "holt:") +
                           fmt::format(" {}: done in part: {} {}, told above", session.command(),
                                       count_text(left_out, "item"), what));
    return exit_code(ErrorKind::partial);
}

double seconds(std::chrono::nanoseconds time) noexcept {
    return std::chrono::duration<double>(time).count();
}

}  // namespace holt::cli
