// Which folders are spaces, outside of the catalog: one small file for each in "spaces/", so that a
// repair of a store that has lost its catalog still knows them. A mark in the folder itself could
// be made by whoever may write there; these can be made by whoever may write to the store only.
//
// spaces/<inode>-<born>, both in 16 hex digits, of the folder's root: magic "hspc", version u8,
// path, device, inode, time of birth, snapshot id, path in the snapshot, then xxHash64 of all that.
// Written in place, and nothing is forced to the device: one that is torn is passed over.
// Thread rule: independent calls from any thread and process, each on a folder that it has locked.
#pragma once

#include <string>
#include <vector>

#include "store/catalog/catalog.h"

namespace holt::store {

Status put_space_file(int store, const std::string& shown_store, const Space& space);
/// One that is not there is no error.
Status remove_space_file(int store, const std::string& shown_store, const fs::FolderIdentity& root);
/// All that can be read, in no order; `row` is not set.
Result<std::vector<Space>> read_space_files(int store, const std::string& shown_store);

}  // namespace holt::store
