// Tars in xz, LZMA, lzip, bzip2 or lz4: streams that a library of the system decodes (liblzma,
// libbz2, liblz4), under the same limits as those that are decoded here. Thread rule: one thread at
// a time.
#pragma once

#include <memory>

#include "archive/io/source.h"

namespace holt::store {

/// `kind` is one of those. `failed`, with what to install, where the library is missing. `in`
/// must outlive the source.
Result<std::unique_ptr<ByteSource>> make_library_source(ArchiveKind kind, FdSource& in,
                                                        const DecodeLimits& limits);

}  // namespace holt::store
