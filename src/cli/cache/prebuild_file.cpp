#include "cli/cache/prebuild_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "base/error.h"
#include "cli/output/json.h"

namespace holt::cli {
namespace {

constexpr std::array<std::pair<const char*, const char*>, 5> kLists{{{"files", "--key-file="},
                                                                     {"globs", "--key-glob="},
                                                                     {"env", "--key-env="},
                                                                     {"texts", "--key-text="},
                                                                     {"tools", "--key-tool="}}};
constexpr std::array<std::pair<const char*, const char*>, 3> kTexts{
    {{"key", "--key="}, {"prefix", "--key-prefix="}, {"scope", "--scope="}}};
constexpr std::array kOthers = {"name", "folder", "paths", "command", "platform"};

class Reader {
  public:
    Reader(const std::string& file, const Json& entry, std::size_t number)
        : file_(file), entry_(entry), shown_("environment " + std::to_string(number + 1)) {}

    Result<Prebuild> read() {
        if (!entry_.is_object()) return refuse("it is no object");
        for (const auto& [member, value] : entry_.items())
            if (!is_known(member)) return refuse("'" + printable(member) + "' is not known");
        Prebuild one;
        HOLT_TRY_LET(name, text("name"));
        one.name = name.empty() ? shown_ : name;
        shown_ = one.name;
        HOLT_TRY_LET(folder, text("folder"));
        const auto above = std::filesystem::path(file_).parent_path();
        one.folder = (above / folder).string();
        if (one.folder.empty()) one.folder = ".";
        HOLT_TRY(add_key(one.arguments));
        HOLT_TRY_LET(paths, texts("paths"));
        if (paths.empty()) return refuse("'paths' is missing");
        for (const std::string& path : paths) one.arguments.push_back("--path=" + path);
        HOLT_TRY(add_command(one.arguments));
        return one;
    }

  private:
    static bool is_known(const std::string& member) {
        const auto is = [&](const auto& known) { return member == known.first; };
        return std::ranges::any_of(kLists, is) || std::ranges::any_of(kTexts, is) ||
               std::ranges::find(kOthers, member) != kOthers.end();
    }

    std::unexpected<Error> refuse(std::string cause) const {
        return fail(ErrorKind::usage, "read " + file_, shown_, std::move(cause),
                    "`holt cache prebuild --help` shows one");
    }

    Result<std::string> text(const char* member) const {
        const auto found = entry_.find(member);
        if (found == entry_.end()) return std::string();
        if (!found->is_string()) return refuse(std::string("'") + member + "' is no text");
        return found->get<std::string>();
    }

    Result<std::vector<std::string>> texts(const char* member) const {
        std::vector<std::string> all;
        const auto found = entry_.find(member);
        if (found == entry_.end()) return all;
        if (!found->is_array()) return refuse(std::string("'") + member + "' is no list of texts");
        for (const Json& one : *found) {
            if (!one.is_string())
                return refuse(std::string("'") + member + "' is no list of texts");
            all.push_back(one.get<std::string>());
        }
        return all;
    }

    Status add_key(std::vector<std::string>& arguments) const {
        for (const auto& [member, option] : kLists) {
            HOLT_TRY_LET(values, texts(member));
            for (const std::string& value : values) arguments.push_back(option + value);
        }
        for (const auto& [member, option] : kTexts) {
            HOLT_TRY_LET(value, text(member));
            if (!value.empty()) arguments.push_back(option + value);
        }
        const auto platform = entry_.find("platform");
        if (platform == entry_.end()) return {};
        if (!platform->is_boolean()) return refuse("'platform' is neither true nor false");
        if (platform->get<bool>()) arguments.push_back("--key-platform");
        return {};
    }

    Status add_command(std::vector<std::string>& arguments) const {
        const auto found = entry_.find("command");
        if (found == entry_.end()) return refuse("'command' is missing");
        arguments.push_back("--");
        if (found->is_string()) {
            for (const std::string& part :
                 {std::string("/bin/sh"), std::string("-c"), found->get<std::string>()})
                arguments.push_back(part);
            return {};
        }
        HOLT_TRY_LET(words, texts("command"));
        if (words.empty()) return refuse("'command' is empty");
        arguments.insert(arguments.end(), words.begin(), words.end());
        return {};
    }

    const std::string& file_;
    const Json& entry_;
    std::string shown_;
};

}  // namespace

Result<std::vector<Prebuild>> read_prebuild_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return fail_errno(errno, "read", path);
    std::stringstream content;
    content << file.rdbuf();
    const Json json = Json::parse(content.str(), nullptr, false);
    if (json.is_discarded())
        return fail(ErrorKind::usage, "read", path, "it is no JSON",
                    "`holt cache prebuild --help` shows one");
    const Json& list =
        json.is_object() && json.contains("environments") ? json["environments"] : json;
    if (!list.is_array() || list.empty())
        return fail(ErrorKind::usage, "read", path, "it has no list of environments",
                    "`holt cache prebuild --help` shows one");
    std::vector<Prebuild> all;
    for (std::size_t i = 0; i < list.size(); ++i) {
        HOLT_TRY_LET(one, Reader(path, list[i], i).read());
        all.push_back(std::move(one));
    }
    return all;
}

}  // namespace holt::cli
