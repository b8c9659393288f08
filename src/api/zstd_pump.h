// The loops of the zstd filter: read, run the codec, write what comes out. Decompression takes two
// buffers of 256 KiB and the codec's window, compression a few jobs for each thread, whatever the
// input's size. Thread rule: one thread for each call; source, sink and observer are used on it.
#pragma once

#include <holt/zstd.hpp>

#include <string>

#include "api/filter_file.h"
#include "api/memory/zstd_error.h"
#include "base/bytes.h"
#include "base/error.h"
#include "codec/zstd/decode/decompress.h"
#include "codec/zstd/encode/compress.h"

namespace holt::api {

/// `dictionary` may be null, here and below. `reference`: what the content resembles, or nothing.
Result<ZstdReport> pump_compress(const FilterSource& source, const FilterSink& sink,
                                 const ZstdOptions& options,
                                 const zstd::EncodeDictionary* dictionary, ByteView reference,
                                 Observer& observer);
/// `rest`: gets what was read of what stands behind the last frame and is none, if there is such.
Result<ZstdReport> pump_decompress(const FilterSource& source, const FilterSink& sink,
                                   const ZstdOptions& options,
                                   const zstd::DecodeDictionary* dictionary, Observer& observer,
                                   Bytes& rest);

/// The bytes of a dictionary file, and of one that content resembles.
Result<Bytes> read_dictionary(const std::string& path);
Result<Bytes> read_reference(const std::string& path);

}  // namespace holt::api
