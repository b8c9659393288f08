// What was set for a store, and small things that it remembers: text files in its folder that are
// replaced in one step.
//   settings   lines "key = value"; lines that begin with # say nothing. A key that a build does
//              not know stays
//   verified   the id of the pack that `verify --subset` checked last, and a newline
// Nothing that the content needs is in them, so that a lost one costs nothing but the settings.
// Thread rule: independent calls from any thread; the last of two writers wins.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "store/disk/store_folder.h"

namespace holt::store {

using Settings = std::map<std::string, std::string>;

/// None when nothing was ever set. A file that is no such text is `corrupt`.
Result<Settings> read_settings(const StoreFolder& folder);
/// The caller holds a pin.
Status write_settings(const StoreFolder& folder, const Settings& settings);

/// Nothing when there is none, or none that is a pack's id.
Result<std::optional<Digest>> read_verified(const StoreFolder& folder);
/// The caller holds a pin, or the lock that keeps a repair away.
Status write_verified(const StoreFolder& folder, const Digest& pack);

}  // namespace holt::store
