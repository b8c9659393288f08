// Which paths a snapshot leaves out, or an operation is about: globs as in a .gitignore
// (gitignore(5), pattern format).
//
//   *      any bytes but '/'          **   any bytes, '/' too, as a whole component
//   ?      one byte but '/'           [a-z] [!a] [[:alpha:]]  a set
//   A pattern with a '/' before its end is anchored at the snapshot's root, others match at any
//   depth. A trailing '/' matches folders only. A leading '!' includes again; the last match
//   decides.
// Thread rule: const methods from any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "fs/stat.h"

namespace holt::store {

class Exclude {
  public:
    /// Refuses (usage) an empty pattern and a set without its end.
    static Result<Exclude> compile(const std::vector<std::string>& patterns);
    /// The patterns of one .gitignore: as git, takes those that can match nothing for just that.
    static Exclude from_gitignore(const std::vector<std::string>& patterns);
    /// True when `path`, relative to the root, is left out.
    bool matches(std::string_view path, fs::Kind kind) const {
        return decides(path, kind).value_or(false);
    }
    /// Whether it is left out; nothing when no pattern matches.
    std::optional<bool> decides(std::string_view path, fs::Kind kind) const;
    bool empty() const noexcept { return rules_.empty(); }
    /// Whether a pattern may match something below the folder `path`; true where that is not known.
    bool may_match_below(std::string_view path) const;
    /// Whether a pattern begins with '!'.
    bool has_negated() const noexcept;

  private:
    struct Rule {
        std::string glob;
        bool negated = false, anchored = false, folders_only = false;
    };
    static Rule parse(std::string_view text);

    std::vector<Rule> rules_;
};

/// Matches one glob against a whole path. Linear in the path for each '*': no exponential cases.
bool glob_match(std::string_view glob, std::string_view path);

}  // namespace holt::store
