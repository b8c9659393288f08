#include "cli/cache/key_options.h"

#include <cstdlib>

#include "base/error.h"
#include "cli/cache/child.h"

namespace holt::cli {

void KeyInputOptions::define(OptionTable& table, const std::string& prefix) {
    const auto name = [&](const char* word) { return "--" + prefix + word; };
    add_list(table, name("file"), options_.files, "FILE",
             "the content of FILE, such as a lock file; may be repeated, as may the next four");
    add_list(table, name("glob"), options_.globs, "GLOB",
             "the names and contents of the files that GLOB finds below the root, written as for "
             "`holt snapshot --exclude`");
    add_list(table, name("env"), options_.env, "NAME", "the value of a variable");
    add_list(table, name("text"), options_.texts, "TEXT", "TEXT itself");
    add_list(table, name("tool"), tools_, "COMMAND",
             "what COMMAND prints, such as 'python3 --version'; run by /bin/sh");
    add_switch(table, name("platform"), options_.platform,
               "system, machine and C library of this machine");
    add_value(table, name("prefix"), options_.prefix, "TEXT",
              "put TEXT in front of the key, for --restore-key");
    add_value(table, name("root"), options_.root, "DIR",
              "the folder that names are relative to (the working directory)");
}

Result<CacheKey> KeyInputOptions::hash(std::string_view, const Cancel* cancel) {
    KeyOptions options = options_;
    options.cancel = cancel;
    for (const std::string& tool : tools_) {
        HOLT_TRY_LET(printed, output_of_tool(tool));
        options.tools.emplace_back(tool, std::move(printed));
    }
    return hash_key(options);
}

void CacheKeyOptions::define(OptionTable& table) {
    key_given_ = add_value(table, "--key", key_, "KEY", "the key; or what it is made of:");
    inputs_.define(table, "key-");
    define_scopes(table, scopes_);
}

void CacheKeyOptions::define_scopes(OptionTable& table, std::vector<std::string>& target) {
    add_list(table, "--scope", target, "NAME",
             "the scopes that are looked into, the first with precedence; what is saved goes into "
             "the first ($HOLT_SCOPE, a list with commas, else main)");
}

void CacheKeyOptions::define_query(OptionTable& table) {
    add_list(table, "--restore-key", restore_keys_, "PREFIX",
             "when the key has no entry: the newest whose key begins with PREFIX; may be repeated");
    add_switch(table, "--nearest", nearest_,
               "when nothing else is there: the entry that shares most inputs");
}

Result<CacheKey> CacheKeyOptions::key(std::string_view command, const Cancel* cancel) {
    HOLT_TRY(refuse_empty({command, "--key"}, *key_given_, key_));
    const bool by_name = key_given_->count() > 0;
    if (by_name && inputs_.given())
        return usage_error(command, "a key is given, and what it is made of: give one of them");
    if (by_name) return CacheKey{.key = key_};
    if (!inputs_.given()) return usage_error(command, "--key is missing, or --key-file and such");
    return inputs_.hash(command, cancel);
}

Result<CacheQuery> CacheKeyOptions::query(std::string_view command, const Cancel* cancel) {
    HOLT_TRY_LET(found, key(command, cancel));
    return CacheQuery{.key = std::move(found),
                      .restore_keys = restore_keys_,
                      .scopes = scopes(),
                      .nearest = nearest_};
}

std::vector<std::string> CacheKeyOptions::scopes() const {
    if (!scopes_.empty()) return scopes_;
    std::vector<std::string> scopes;
    const char* variable = std::getenv("HOLT_SCOPE");
    for (std::string_view rest = variable == nullptr ? "" : variable; !rest.empty();) {
        const std::size_t comma = std::min(rest.find(','), rest.size());
        if (comma > 0) scopes.emplace_back(rest.substr(0, comma));
        rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
    if (scopes.empty()) scopes.emplace_back(kMainScope);
    return scopes;
}

void LinkOption::define(OptionTable& table) {
    given_ = add_value(table, "--link", text_, "MODE",
                       "how files share content with the store: hardlink (the default where the "
                       "file system can; the files are read-only), auto (reflink where the file "
                       "system can, else copy), reflink or copy; the last three may be written to");
}

Result<LinkMode> LinkOption::mode(std::string_view command) const {
    if (given_->count() == 0) return LinkMode::hardlink;
    return parse_word<LinkMode>({command, "--link"}, text_,
                                {{"hardlink", LinkMode::hardlink},
                                 {"auto", LinkMode::automatic},
                                 {"reflink", LinkMode::reflink},
                                 {"copy", LinkMode::copy},
                                 {"require-hardlink", LinkMode::require_hardlink},
                                 {"require-reflink", LinkMode::require_reflink}});
}

}  // namespace holt::cli
