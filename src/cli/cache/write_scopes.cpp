#include "cli/cache/write_scopes.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "base/error.h"

namespace holt::cli {
namespace {

bool allows(std::string_view rule, const std::string& scope) {
    if (!rule.ends_with('*')) return rule == scope;
    return scope.starts_with(rule.substr(0, rule.size() - 1));
}

}  // namespace

Status check_may_write(const std::string& scope) {
    const char* variable = std::getenv("HOLT_WRITE_SCOPES");
    if (variable == nullptr) return {};
    for (std::string_view rest = variable; !rest.empty();) {
        const std::size_t comma = std::min(rest.find(','), rest.size());
        if (allows(rest.substr(0, comma), scope)) return {};
        rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
    return fail(ErrorKind::unsafe_input, "save in scope", scope,
                std::string("HOLT_WRITE_SCOPES allows only '") + printable(variable) + "'",
                "save in one of these");
}

}  // namespace holt::cli
