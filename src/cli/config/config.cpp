#include "cli/config/config.h"

#include <sys/stat.h>
#include <unistd.h>

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <sstream>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace holt::cli {
namespace {

constexpr std::string_view kProjectName = ".holt.toml";

/// What a project may set: command and option.
constexpr std::array<std::pair<std::string_view, std::string_view>, 17> kOfProjects{{
    {"", "color"},
    {"", "lock-timeout"},
    {"", "quiet"},
    {"", "threads"},
    {"", "verbose"},
    {"diff", "exclude"},
    {"diff", "include"},
    {"restore", "durable"},
    {"restore", "link"},
    {"restore", "mtime"},
    {"snapshot", "exclude"},
    {"snapshot", "exclude-caches"},
    {"snapshot", "exclude-if-present"},
    {"snapshot", "gitignore"},
    {"snapshot", "level"},
    {"snapshot", "one-file-system"},
    {"verify", "exclude"},
}};

std::string_view variable(const char* name) noexcept {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string_view{} : std::string_view(value);
}

std::string place_of(const toml::source_region& source) {
    return "line " + std::to_string(source.begin.line);
}

std::unexpected<Error> refuse(const std::string& file, std::string cause) {
    return fail(ErrorKind::usage, "read configuration", file, std::move(cause));
}

/// A value as the command line would have it.
std::optional<std::string> text_of(const toml::node& node) {
    if (const auto text = node.value_exact<std::string>()) return *text;
    if (const auto number = node.value_exact<std::int64_t>()) return std::to_string(*number);
    if (const auto yes = node.value_exact<bool>()) return *yes ? "true" : "false";
    if (const auto number = node.value_exact<double>()) {
        std::ostringstream text;
        text << *number;
        return text.str();
    }
    return std::nullopt;
}

enum class Owner : std::uint8_t { user, project };

class File {
  public:
    File(const std::string& path, Owner owner, std::vector<Setting>& settings)
        : path_(path), owner_(owner), settings_(settings) {}

    Status read() {
        const toml::parse_result parsed = toml::parse_file(path_);
        if (!parsed)
            return refuse(path_, place_of(parsed.error().source()) + ": " +
                                     std::string(parsed.error().description()));
        return read_table(parsed.table(), "");
    }

  private:
    Status read_table(const toml::table& table, const std::string& command) {
        for (const auto& [key, node] : table) {
            const std::string name(key.str());
            if (const toml::table* below = node.as_table()) {
                // [cache.restore] is the command `cache restore`.
                HOLT_TRY(read_table(*below, command.empty() ? name : command + " " + name));
                continue;
            }
            HOLT_TRY(read_value(node, command, name));
        }
        return {};
    }
    Status read_value(const toml::node& node, const std::string& command, const std::string& name) {
        const auto known = std::pair<std::string_view, std::string_view>(command, name);
        if (owner_ == Owner::project && std::ranges::find(kOfProjects, known) == kOfProjects.end())
            return refuse(path_, place_of(node.source()) + ": a project may not set " +
                                     (command.empty() ? name : command + "." + name));
        Setting setting{.command = command, .option = name, .values = {}, .file = path_};
        HOLT_TRY(add_values(node, setting));
        settings_.push_back(std::move(setting));
        return {};
    }
    Status add_values(const toml::node& node, Setting& setting) const {
        if (const toml::array* list = node.as_array()) {
            for (const toml::node& one : *list) HOLT_TRY(add_values(one, setting));
            return {};
        }
        const auto text = text_of(node);
        if (!text)
            return refuse(path_, place_of(node.source()) + ": " + setting.option +
                                     " is neither a text, a number, true, false nor a list");
        setting.values.push_back(*text);
        return {};
    }

    const std::string& path_;
    const Owner owner_;
    std::vector<Setting>& settings_;
};

/// Whether the file is there; a project's only when it is this user's, or root's.
bool is_to_be_read(const std::string& path, Owner owner) {
    struct stat found {};
    if (path.empty() || ::stat(path.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) return false;
    return owner == Owner::user || found.st_uid == 0 || found.st_uid == ::geteuid();
}

std::string project_file() {
    std::error_code failed;
    std::filesystem::path folder = std::filesystem::current_path(failed);
    while (!failed && !folder.empty()) {
        const std::string path = folder / kProjectName;
        if (is_to_be_read(path, Owner::project)) return path;
        if (folder == folder.parent_path()) break;
        folder = folder.parent_path();
    }
    return {};
}

}  // namespace

ConfigFiles ConfigFiles::of_environment() {
    ConfigFiles files;
    if (const char* only = std::getenv("HOLT_CONFIG")) return {.system = "", .user = only};
    if (const auto config = variable("XDG_CONFIG_HOME"); config.starts_with('/'))
        files.user = std::string(config) + "/holt/config.toml";
    else if (const auto home = variable("HOME"); !home.empty())
        files.user = std::string(home) + "/.config/holt/config.toml";
    files.project = project_file();
    return files;
}

Result<std::vector<Setting>> read_config(const ConfigFiles& files) {
    std::vector<Setting> settings;
    for (const std::string* path : {&files.system, &files.user})
        if (is_to_be_read(*path, Owner::user)) HOLT_TRY(File(*path, Owner::user, settings).read());
    if (is_to_be_read(files.project, Owner::project))
        HOLT_TRY(File(files.project, Owner::project, settings).read());
    return settings;
}

}  // namespace holt::cli
