// .zip, both ways. Its directory stands at its end, and only there are modes and symlinks: so one
// that comes out of a pipe is put into a temporary file first. What a zip cannot hold: hard links
// become files of their own, holes are filled; FIFOs and attributes are left out and told.
// Thread rule: each object one thread at a time, not always the same one.
#pragma once

#include <holt/archive.hpp>

#include <memory>

#include "archive/entries/entry.h"
#include "archive/io/output.h"
#include "archive/io/source.h"
#include "store/content/chunk_reader.h"
#include "store/disk/store_folder.h"
#include "store/operation/operation.h"
#include "store/trees/selection.h"

namespace holt::store {

/// `folder`: where a temporary file may be made.
Result<std::unique_ptr<ArchiveReader>> open_zip(FdSource& source, const StoreFolder& folder,
                                                const ImportOptions& options, Reporter& reporter);

/// Everything selected below `root`. Counts, without the snapshot, are in the report; an entry that
/// a zip cannot hold is a note.
/// `level`: 1 to 9, or 0 for the default.
Result<ExportReport> write_zip(Operation& op, ChunkReader& reader, const TreeEntry& root,
                               const Selection& selection, ArchiveOutput& output, int level);

}  // namespace holt::store
