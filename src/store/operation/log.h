// The store's log: an spdlog logger of one handle, off unless its caller gave a sink. Not
// registered with spdlog's global registry, so that an embedding program's own loggers are left
// alone. Thread rule: a Log may be used and copied by any thread.
#pragma once

#include <spdlog/logger.h>
#include <holt/log.hpp>

#include <memory>

namespace holt::store {

using Log = std::shared_ptr<spdlog::logger>;

Log make_log(const LogOptions& options);

}  // namespace holt::store
