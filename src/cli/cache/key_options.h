// The options that say what a key is made of. `holt key hash` has them by their own names (--file),
// the commands of the cache with "key-" in front (--key-file).
// Thread rule: one thread.
#pragma once

#include <holt/cache.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "cli/parse/options.h"

namespace holt::cli {

class KeyInputOptions {
  public:
    /// `prefix`: "" or "key-".
    void define(OptionTable& table, const std::string& prefix);
    bool given() const noexcept { return options_.any() || !tools_.empty(); }
    /// Runs the tools and hashes everything.
    Result<CacheKey> hash(std::string_view command, const Cancel* cancel);

  private:
    KeyOptions options_;
    std::vector<std::string> tools_;
};

/// --key, or what it is made of, and where it is looked for: shared by the cache's commands.
class CacheKeyOptions {
  public:
    void define(OptionTable& table);
    /// Those of a command that looks: restore keys, scopes, nearest.
    void define_query(OptionTable& table);
    Result<CacheKey> key(std::string_view command, const Cancel* cancel);
    Result<CacheQuery> query(std::string_view command, const Cancel* cancel);
    /// Several --scope, the first with precedence; main when none is given.
    std::vector<std::string> scopes() const;
    /// The one that is written to: the first.
    std::string scope() const { return scopes().front(); }
    static void define_scopes(OptionTable& table, std::vector<std::string>& target);

  private:
    std::string key_;
    Option* key_given_ = nullptr;
    KeyInputOptions inputs_;
    std::vector<std::string> restore_keys_, scopes_;
    bool nearest_ = false;
};

/// --link for the cache's commands, where links are the default.
class LinkOption {
  public:
    void define(OptionTable& table);
    Result<LinkMode> mode(std::string_view command) const;

  private:
    std::string text_;
    Option* given_ = nullptr;
};

}  // namespace holt::cli
