// Why there is no entry of a key, what was found instead, and how long ago: in words and JSON.
// Thread rule: pure functions, but for the time.
#pragma once

#include <holt/cache.hpp>

#include <string>
#include <vector>

#include "cli/output/json.h"

namespace holt::cli {

/// "3 days ago", "just now"; "in the future" for what a wrong clock has written.
std::string ago(Time then);

/// "file uv.lock", "tool python3 --version (3.11.2 -> 3.12.0)": one for each change.
std::vector<std::string> change_lines(const std::vector<KeyChange>& changes);
Json changes_json(const std::vector<KeyChange>& changes);
Json inputs_json(const std::vector<KeyInput>& inputs);

/// A line or more, without a newline.
std::vector<std::string> miss_lines(const std::string& key, const CacheMiss& miss);
Json miss_json(const CacheMiss& miss);

/// "matched", "key", "snapshot" and, unless it is exact, "miss".
void put_found(Json& object, const std::string& key, const CacheFound& found);

/// "restored-id (saved 2 days ago by user@host, scope main)"
std::string entry_text(const SnapshotInfo& entry);

}  // namespace holt::cli
