// Looking into a snapshot without restoring it: list entries, write out a file.
// Thread rule: one thread at a time per reader.
#pragma once

#include <holt/store.hpp>

#include "store/content/chunk_reader.h"
#include "store/format/tree.h"

namespace holt::store {

/// The public description of an entry.
EntryInfo to_info(const TreeEntry& entry, const std::string& path);

/// The entry at `path`, and what is in it if it is a folder: its children, or all below it.
Status list_entries(ChunkReader& reader, const TreeEntry& root, const std::string& path,
                    const ListOptions& options, const Store::EntryVisitor& visit);

/// The content of the file at `path`, each chunk verified before it is handed out.
Status write_out(ChunkReader& reader, const TreeEntry& root, const std::string& path,
                 const Store::Sink& sink);

}  // namespace holt::store
