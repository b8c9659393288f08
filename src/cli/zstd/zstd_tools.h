// What holt zstd does besides filtering. Each returns the exit code. Thread rule: the main thread.
#pragma once

#include <holt/error.hpp>

#include "cli/session/session.h"
#include "cli/zstd/zstd_args.h"

namespace holt::cli {

Result<int> run_zstd_list(Session& session, const ZstdArgs& args);
Result<int> run_zstd_train(Session& session, const ZstdArgs& args);
Result<int> run_zstd_bench(Session& session, const ZstdArgs& args);

}  // namespace holt::cli
