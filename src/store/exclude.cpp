#include "store/exclude.h"

#include <algorithm>

namespace holt::store {
namespace {

// Matches the set at the start of `glob` ("[...]") against `byte`, and moves past the set.
bool match_set(std::string_view& glob, char byte) {
    std::size_t at = 1;
    const bool negated = at < glob.size() && (glob[at] == '!' || glob[at] == '^');
    if (negated) ++at;
    bool found = false;
    for (bool first = true; at < glob.size() && (first || glob[at] != ']'); first = false) {
        const auto low = static_cast<unsigned char>(glob[at]);
        auto high = low;
        if (at + 2 < glob.size() && glob[at + 1] == '-' && glob[at + 2] != ']') {
            high = static_cast<unsigned char>(glob[at + 2]);
            at += 2;
        }
        const auto value = static_cast<unsigned char>(byte);
        found = found || (low <= value && value <= high);
        ++at;
    }
    glob.remove_prefix(std::min(at + 1, glob.size()));
    return found != negated;
}

// The first byte of `glob` against the first of `path`; both move on when it matches.
bool match_one(std::string_view& glob, std::string_view& path) {
    const char byte = path.front();
    if (glob.empty()) return false;
    bool matched = false;
    if (glob.front() == '?') {
        matched = byte != '/';
        glob.remove_prefix(1);
    } else if (glob.front() == '[') {
        matched = match_set(glob, byte) && byte != '/';
    } else {
        if (glob.front() == '\\' && glob.size() > 1) glob.remove_prefix(1);
        matched = glob.front() == byte;
        glob.remove_prefix(1);
    }
    if (matched) path.remove_prefix(1);
    return matched;
}

}  // namespace

bool glob_match(std::string_view glob, std::string_view path) {
    // Backtracking needs only the last '*' and the last '**' seen: a later star can take over
    // whatever an earlier one of its kind could have matched.
    struct Star {
        std::string_view glob, path;
        bool set = false;
    } single, deep;
    for (;;) {
        if (glob.starts_with("**")) {
            glob.remove_prefix(2);
            if (glob.starts_with('/')) {
                // "**/x" matches "x" too.
                glob.remove_prefix(1);
            }
            deep = {glob, path, true};
            single.set = false;
            continue;
        }
        if (glob.starts_with('*')) {
            glob.remove_prefix(1);
            single = {glob, path, true};
            continue;
        }
        if (path.empty()) {
            if (glob.empty()) return true;
        } else if (std::string_view g = glob, p = path; match_one(g, p)) {
            glob = g;
            path = p;
            continue;
        }
        if (single.set && !single.path.empty() && single.path.front() != '/') {
            single.path.remove_prefix(1);
            glob = single.glob;
            path = single.path;
        } else if (deep.set && !deep.path.empty()) {
            single.set = false;
            // After "**/" a match begins at the start of a component only; a "**" at the end takes
            // all.
            if (deep.glob.empty()) return true;
            const std::size_t slash = deep.path.find('/');
            if (slash == std::string_view::npos) return false;
            deep.path.remove_prefix(slash + 1);
            glob = deep.glob;
            path = deep.path;
        } else {
            return false;
        }
    }
}

Result<Exclude> Exclude::compile(const std::vector<std::string>& patterns) {
    Exclude exclude;
    for (const std::string& pattern : patterns) {
        std::string_view text = pattern;
        Rule rule;
        if (text.starts_with('!')) {
            rule.negated = true;
            text.remove_prefix(1);
        }
        if (text.ends_with('/')) {
            rule.folders_only = true;
            text.remove_suffix(1);
        }
        rule.anchored = text.find('/') != std::string_view::npos;
        if (text.starts_with('/')) text.remove_prefix(1);
        if (text.empty()) {
            return fail(ErrorKind::usage, "exclude", pattern, "the pattern is empty",
                        "give a glob such as '*.o' or '/build/'");
        }
        if (const std::size_t open = text.find('[');
            open != std::string_view::npos && text.find(']', open + 2) == std::string_view::npos) {
            return fail(ErrorKind::usage, "exclude", pattern, "a set has no closing ']'",
                        "write \\[ for the character itself");
        }
        rule.glob = text;
        exclude.rules_.push_back(std::move(rule));
    }
    return exclude;
}

bool Exclude::matches(std::string_view path, fs::Kind kind) const {
    const std::string_view name = path.substr(path.rfind('/') + 1);  // npos + 1 is 0
    bool excluded = false;
    for (const Rule& rule : rules_) {
        if (rule.folders_only && kind != fs::Kind::folder) continue;
        if (glob_match(rule.glob, rule.anchored ? path : name)) excluded = !rule.negated;
    }
    return excluded;
}

}  // namespace holt::store
