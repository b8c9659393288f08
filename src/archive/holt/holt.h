// Snapshots into a .holt file and out of it (archive/format/holt_format.h). The steps are in
// holt_export.cpp and holt_import.cpp.
// Thread rule: independent calls may run at once, on catalogs of their own.
#pragma once

#include <holt/archive.hpp>

#include <string>
#include <vector>

#include "archive/io/output.h"
#include "archive/io/source.h"
#include "store/catalog/catalog.h"
#include "store/disk/store_folder.h"

namespace holt::store {

Result<ExportReport> export_holt(const StoreFolder& folder, Catalog& catalog,
                                 const std::vector<std::string>& snaps, ArchiveOutput& output,
                                 const ExportOptions& options, Observer& observer);

Result<ImportReport> import_holt(const StoreFolder& folder, const OpenOptions& open,
                                 FdSource& source, const ImportOptions& options,
                                 Observer& observer);

}  // namespace holt::store
