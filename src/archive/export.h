// Writes a snapshot as an archive. The steps are in export.cpp.
// Thread rule: independent calls may run at once, on catalogs of their own.
#pragma once

#include <holt/archive.hpp>

#include "archive/io/output.h"
#include "store/catalog/catalog.h"
#include "store/operation/operation.h"

namespace holt::store {

/// `snap` may end in ":SUB". For tar and zip formats.
Result<ExportReport> export_archive(Operation& op, Catalog& catalog, const std::string& snap,
                                    ArchiveFormat format, ArchiveOutput& output,
                                    const ExportOptions& options);

}  // namespace holt::store
