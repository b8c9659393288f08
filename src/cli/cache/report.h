// What the cache's commands say of what they did. Thread rule: the main thread.
#pragma once

#include <holt/cache.hpp>

#include <string>

#include "cli/session/session.h"

namespace holt::cli {

/// Tells which entry was restored into which folders, or why there is none.
void tell_restored(Session& session, const std::string& key, const CacheRestoreReport& report);
/// The exit code for what a restore left out or could not set, told.
int code_of_restore(Session& session, const CacheRestoreReport& report);
void put_restored(Json& object, const std::string& key, const CacheRestoreReport& report);

void tell_saved(Session& session, const std::string& key, const CacheSaveReport& report);
void put_saved(Json& object, const CacheSaveReport& report);

}  // namespace holt::cli
