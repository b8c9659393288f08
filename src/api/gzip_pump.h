// The gzip codec between a source and a sink: connects their errors, progress and names.
// Thread rule: one call is independent of others; the sink is called one at a time, from any
// thread.
#pragma once

#include <holt/gzip.hpp>

#include <string>

#include "api/filter_file.h"
#include "codec/gzip/error.h"

namespace holt::api {

/// `name`: for the header, with GzipOptions::keep_name; may be empty.
Result<GzipReport> pump_gzip(const FilterSource& source, const std::string& name,
                             const FilterSink& sink, const GzipOptions& options,
                             Observer& observer);
/// `rest`, unless null: gets what was read of what stands behind the last member, unjudged.
Result<GzipReport> pump_gunzip(const FilterSource& source, const FilterSink& sink,
                               const GzipOptions& options, Observer& observer,
                               Bytes* rest = nullptr);

/// A codec's error about the content of `shown`.
std::unexpected<Error> gzip_error(const gzip::Error& error, const std::string& operation,
                                  const std::string& shown);

}  // namespace holt::api
