// Spaces: folders that this store restored, and that it knows again. A restore into one mends it in
// place, and `verify DIR` compares it with what it was restored from.
//
// A space is known by its root's identity, not by its path alone: a folder that took the place of
// one is no space. Nothing that is remembered is trusted: it only says which inodes were seen to be
// right, and when. Thread rule: one thread at a time for each folder.
#pragma once

#include <holt/store.hpp>

#include "fs/lock.h"
#include "fs/staging/staging.h"
#include "store/catalog/catalog.h"
#include "store/content/chunk_reader.h"
#include "store/disk/store_folder.h"
#include "store/restore/restoring.h"

namespace holt::store {

/// A folder with something in it, locked against other restores.
struct LockedFolder {
    fs::FileLock lock;  ///< on the folder itself, which leaves no trace
    std::string path;   ///< absolute
    fs::FolderIdentity identity{};
    std::optional<Space> space{};  ///< when the catalog remembers it

    int fd() const noexcept { return lock.fd(); }
    bool moved() const noexcept { return space && space->path != path; }
};

/// Locks a destination that is a folder, and looks it up. `busy` when another process restores into
/// it for longer than `wait` says, or replaced it meanwhile: then look at the destination again.
Result<LockedFolder> lock_folder(const fs::Destination& destination, Catalog& catalog,
                                 const fs::LockWait& wait);

/// The records of a space, and the entry that they are records of.
struct KnownSpace {
    SpaceRecords records;
    TreeEntry base;
    std::vector<std::string> prefixes;  ///< of its snapshot
};
/// Those that hold for what lies in a mount of this `life` (fs::mount_life). Nothing when the
/// snapshot was forgotten, or what is remembered cannot be read.
std::optional<KnownSpace> recall_space(Catalog& catalog, ChunkReader& reader, const Space& space,
                                       const std::string& life);

/// Mends a folder in place until what is selected of it is what the source says; whatever the
/// source does not have is removed, unless --force without --delete asks to keep it. Remembers it,
/// or, of a selection, what is known now of the space that it is already.
Result<RestoreReport> restore_in_place(Operation& op, const Restoring& restoring,
                                       fs::Destination destination, const LockedFolder& locked);

/// Remembers a space where the store can be written; where not, or when others are busy with it,
/// the next repair reads more. `space.row` is not used.
void remember_space(const StoreFolder& store, const OpenOptions& open, const Space& space,
                    const SpaceRecords& records, const std::string& life, const Log& log);

/// Tells how a folder differs from the snapshot that it was restored from, or another one.
Result<DiffReport> verify_folder(const std::string& folder, const VerifyFolderOptions& options,
                                 const StoreFolder& store, Catalog& catalog,
                                 const Store::DiffVisitor& visit, Observer& observer);

}  // namespace holt::store
