// What the zstd codec's one-byte errors mean. Thread rule: pure.
#pragma once

#include <string>

#include "base/error.h"
#include "codec/zstd/format/error.h"

namespace holt::api {

/// An error of the codec about `shown`.
std::unexpected<Error> codec_error(const zstd::Error& error, const std::string& operation,
                                   const std::string& shown);

}  // namespace holt::api
