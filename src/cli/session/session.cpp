#include "cli/session/session.h"

#include "base/error.h"
#include "cli/session/store_path.h"

namespace holt::cli {

void Session::emit(const Json& object) {
    if (!data_to_stdout_) return out_.line(dump(object));
    console_.line(dump(object));
}

Json Session::summary(int exit_code) const {
    Json object = json_line("summary");
    object["command"] = command_;
    object["exit_code"] = exit_code;
    return object;
}

void Session::tell(std::string_view text) {
    if (!json() && !globals_.quiet) console_.line(text);
}

OpenOptions Session::open_options(Access access) const {
    OpenOptions options{.access = access,
                        .lock_timeout = globals_.lock_timeout,
                        .threads = globals_.threads,
                        .allow_network_store = globals_.allow_network_store};
    if (globals_.verbose) {
        options.log = {.level = LogLevel::debug,
                       .sink = [&console = console_](LogLevel, std::string_view line) {
                           console.line("holt: " + printable(line));
                       }};
    }
    return options;
}

Result<Store> Session::open_store(Access access) const {
    HOLT_TRY_LET(path, store_path(globals_));
    return Store::open(path, open_options(access));
}

}  // namespace holt::cli
