#include "cli/session/store_path.h"

#include <cstdlib>
#include <string_view>

#include "base/error.h"

namespace holt::cli {
namespace {

std::string_view variable(const char* name) noexcept {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string_view{} : std::string_view(value);
}

}  // namespace

Result<std::string> store_path(const Globals& globals) {
    const std::optional<std::string>& option = globals.store;
    if (option && option->empty())
        return fail(ErrorKind::usage, "--store", "", "the folder's name is empty",
                    "give a folder, or leave --store out");
    if (option) return *option;
    if (const auto store = variable("HOLT_STORE"); !store.empty()) return std::string(store);
    if (globals.configured_store) return *globals.configured_store;
    if (const auto data = variable("XDG_DATA_HOME"); data.starts_with('/'))
        return std::string(data) + "/holt";
    if (const auto home = variable("HOME"); !home.empty())
        return std::string(home) + "/.local/share/holt";
    return fail(ErrorKind::no_store, "find the store", "",
                "none of --store, HOLT_STORE, XDG_DATA_HOME and HOME is set",
                "give the store's folder with --store DIR");
}

}  // namespace holt::cli
