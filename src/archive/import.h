// Imports a tar or zip archive as a snapshot: in one pass, without a folder on disk. The steps are
// in import.cpp. Thread rule: independent calls may run at once, on catalogs of their own.
#pragma once

#include <holt/archive.hpp>

#include "archive/io/source.h"
#include "store/catalog/catalog.h"
#include "store/disk/store_folder.h"

namespace holt::store {

/// The archive's kind was recognised; nothing of it was taken yet. A .holt file is not for here.
Result<ImportReport> import_archive(const StoreFolder& folder, const OpenOptions& open,
                                    FdSource& source, ArchiveKind kind,
                                    const ImportOptions& options, Observer& observer);

}  // namespace holt::store
