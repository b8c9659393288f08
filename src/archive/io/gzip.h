// .tar.gz: the gzip codec's driver as a source of bytes. Thread rule: one thread at a time.
#pragma once

#include <memory>

#include "archive/io/source.h"

namespace holt::store {

/// The decoder works on threads of its own and is at most a few buffers ahead; it ends with this
/// object. `in` is read on those threads, one at a time, and must outlive it.
std::unique_ptr<ByteSource> make_gzip_source(FdSource& in, const DecodeLimits& limits);

}  // namespace holt::store
