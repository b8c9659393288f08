// What the operations of the cache share with each other: what one is about, and the restore that
// `restore_by_key` and `run_for_key` are made of. Thread rule: as store/cache.h.
#pragma once

#include <chrono>
#include <span>
#include <string>

#include "base/bytes.h"
#include "store/cache.h"
#include "store/catalog/catalog.h"
#include "store/operation/lock_wait.h"

namespace holt::store {

/// The store and the folders that an operation is about, and who is told.
struct CacheCall {
    const StoreFolder& store;
    const OpenOptions& open;
    std::span<const std::string> folders;
    Observer& observer;
};

inline Result<Catalog> open_to_read(const StoreFolder& store, const OpenOptions& open,
                                    const Cancel* cancel = nullptr) {
    return Catalog::open(store, Catalog::Mode::read_only, lock_wait(open, cancel));
}

/// `usage` when none is given.
inline Status require_folders(std::span<const std::string> folders, const char* operation) {
    if (!folders.empty()) return {};
    return fail(ErrorKind::usage, operation, "", "no folder is given");
}

inline std::chrono::milliseconds since(std::chrono::steady_clock::time_point begin) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                                 begin);
}

/// Whether a restore counts as a hit or a miss of the cache, and makes the folders above.
enum class Counting : bool { no, yes };
enum class Parents : bool { must_be_there, are_made };
Result<CacheRestoreReport> restore_entry(const CacheCall& call, const CacheRestoreOptions& options,
                                         Counting counting,
                                         Parents parents = Parents::must_be_there);
/// Counts the hit, and notes that the entry was used.
void note_hit(const CacheCall& call, const CacheRestoreReport& report);

/// What an entry's record will have besides the tree; `usage` when it is too much.
Result<Bytes> fields_of(const CacheCall& call, const CacheSaveOptions& options);

}  // namespace holt::store
