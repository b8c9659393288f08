#include "store/source/exclude.h"

#include <algorithm>

namespace holt::store {
namespace {

// The classes that a set may name, in the C locale.
bool in_class(std::string_view name, unsigned char byte) {
    const bool upper = byte >= 'A' && byte <= 'Z', lower = byte >= 'a' && byte <= 'z';
    const bool digit = byte >= '0' && byte <= '9';
    const bool graph = byte > ' ' && byte < 0x7f;
    if (name == "alpha") return upper || lower;
    if (name == "digit") return digit;
    if (name == "alnum") return upper || lower || digit;
    if (name == "upper") return upper;
    if (name == "lower") return lower;
    if (name == "space") return byte == ' ' || (byte >= '\t' && byte <= '\r');
    if (name == "blank") return byte == ' ' || byte == '\t';
    if (name == "punct") return graph && !upper && !lower && !digit;
    if (name == "graph") return graph;
    if (name == "print") return graph || byte == ' ';
    if (name == "cntrl") return byte < ' ' || byte == 0x7f;
    if (name == "xdigit")
        return digit || (byte >= 'A' && byte <= 'F') || (byte >= 'a' && byte <= 'f');
    return false;
}

// Matches the set at the start of `glob` ("[...]") against `byte`, and moves past the set. A set
// without its end matches nothing.
bool match_set(std::string_view& glob, char byte) {
    const auto value = static_cast<unsigned char>(byte);
    std::size_t at = 1;
    const bool negated = at < glob.size() && (glob[at] == '!' || glob[at] == '^');
    if (negated) ++at;
    bool found = false;
    for (bool first = true; at < glob.size() && (first || glob[at] != ']'); first = false) {
        if (glob.substr(at).starts_with("[:")) {
            const std::size_t end = glob.find(":]", at + 2);
            if (end != glob.npos) {
                found = found || in_class(glob.substr(at + 2, end - at - 2), value);
                at = end + 2;
                continue;
            }
        }
        if (glob[at] == '\\' && at + 1 < glob.size()) ++at;
        const auto low = static_cast<unsigned char>(glob[at]);
        auto high = low;
        if (at + 2 < glob.size() && glob[at + 1] == '-' && glob[at + 2] != ']') {
            at += 2;
            if (glob[at] == '\\' && at + 1 < glob.size()) ++at;
            high = static_cast<unsigned char>(glob[at]);
        }
        found = found || (low <= value && value <= high);
        ++at;
    }
    const bool ends = at < glob.size();
    glob.remove_prefix(std::min(at + 1, glob.size()));
    return ends && found != negated;
}

// "**" means folders only as a whole component; elsewhere it is one star.
std::string normalized(std::string_view glob) {
    std::string out;
    for (bool more = true; more;) {
        const std::size_t end = std::min(glob.find('/'), glob.size());
        const std::string_view part = glob.substr(0, end);
        more = end < glob.size();
        glob.remove_prefix(std::min(glob.size(), end + 1));
        if (part == "**") {
            out += part;
        } else {
            for (const char c : part)
                if (c != '*' || !out.ends_with('*')) out += c;
        }
        if (more) out += '/';
    }
    return out;
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

// The same for what is below a path: whether the components of the path and those at the front of
// the glob fit, with more of the glob behind them.
bool may_match_below_of(std::string_view glob, std::string_view path) {
    for (;;) {
        const std::size_t end = std::min(glob.find('/'), glob.size());
        const std::size_t slash = std::min(path.find('/'), path.size());
        const std::string_view part = glob.substr(0, end);
        // Only the whole glob says what a '/' in a set or behind a backslash means.
        if (part == "**" || part.find_first_of("[\\") != part.npos) return true;
        if (end == glob.size() || !glob_match(part, path.substr(0, slash))) return false;
        if (slash == path.size()) return true;
        glob.remove_prefix(end + 1);
        path.remove_prefix(slash + 1);
    }
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

Exclude::Rule Exclude::parse(std::string_view text) {
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
    rule.glob = normalized(text);
    return rule;
}

Result<Exclude> Exclude::compile(const std::vector<std::string>& patterns) {
    Exclude exclude;
    for (const std::string& pattern : patterns) {
        Rule rule = parse(pattern);
        if (rule.glob.empty()) {
            return fail(ErrorKind::usage, "exclude", pattern, "the pattern is empty",
                        "give a glob such as '*.o' or '/build/'");
        }
        if (const std::size_t open = rule.glob.find('[');
            open != std::string::npos && rule.glob.find(']', open + 2) == std::string::npos) {
            return fail(ErrorKind::usage, "exclude", pattern, "a set has no closing ']'",
                        "write \\[ for the character itself");
        }
        exclude.rules_.push_back(std::move(rule));
    }
    return exclude;
}

Exclude Exclude::from_gitignore(const std::vector<std::string>& patterns) {
    Exclude exclude;
    for (const std::string& pattern : patterns) {
        Rule rule = parse(pattern);
        if (!rule.glob.empty()) exclude.rules_.push_back(std::move(rule));
    }
    return exclude;
}

std::optional<bool> Exclude::decides(std::string_view path, fs::Kind kind) const {
    const std::string_view name = path.substr(path.rfind('/') + 1);  // npos + 1 is 0
    for (auto rule = rules_.rbegin(); rule != rules_.rend(); ++rule) {
        if (rule->folders_only && kind != fs::Kind::folder) continue;
        if (glob_match(rule->glob, rule->anchored ? path : name)) return !rule->negated;
    }
    return std::nullopt;
}

bool Exclude::may_match_below(std::string_view path) const {
    return std::ranges::any_of(rules_, [&](const Rule& rule) {
        return !rule.negated && (!rule.anchored || may_match_below_of(rule.glob, path));
    });
}

bool Exclude::has_negated() const noexcept {
    return std::ranges::any_of(rules_, &Rule::negated);
}

}  // namespace holt::store
