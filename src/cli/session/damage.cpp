#include "cli/session/damage.h"

#include <fmt/format.h>

#include <string>

#include "base/error.h"
#include "cli/output/text.h"

namespace holt::cli {
namespace {

std::string joined(const std::vector<std::string>& names) {
    std::string out;
    for (const std::string& name : names) {
        if (!out.empty()) out += ", ";
        out += printable(name);
    }
    return out;
}

Json damage_json(const Damage& damage) {
    Json line = json_line("damage");
    put_error(line, damage.what);
    Json names = Json::array();
    for (const std::string& snapshot : damage.snapshots) {
        Json name = Json::object();
        put_bytes(name, "snapshot", snapshot);
        names.push_back(std::move(name));
    }
    line["snapshots"] = std::move(names);
    return line;
}

}  // namespace

void tell_damage(Session& session, const std::vector<Damage>& damage) {
    constexpr std::size_t kShown = 20;
    const std::size_t shown = session.globals().verbose ? damage.size() : kShown;
    for (std::size_t i = 0; i < damage.size(); ++i) {
        if (session.json()) session.emit(damage_json(damage[i]));
        if (i >= shown) continue;
        session.console().error(damage[i].what);
        if (!damage[i].snapshots.empty())
            session.console().line("      touches " + joined(damage[i].snapshots));
    }
    if (damage.size() > shown)
        session.console().line(fmt::format("holt: and {} more; -v or --json shows all",
                                           count_text(damage.size() - shown)));
}

int damage_code(const std::vector<Damage>& damage) noexcept {
    return damage.empty() ? 0 : exit_code(ErrorKind::corrupt);
}

}  // namespace holt::cli
