// holt/zstd/files.h: zstd as a filter.
#include <holt/zstd/files.h>
#include <holt/zstd.hpp>

#include "base/error.h"
#include "capi/call.h"
#include "capi/status.h"
#include "capi/structs.h"

namespace holt::capi {
namespace {

// The enumerations of C have the values of those of C++.
Result<ZstdOptions> to_zstd_options(const holt_zstd_options* given) {
    HOLT_TRY_LET(options, read_struct(given));
    ZstdOptions how{.mode = static_cast<ZstdMode>(options.mode),
                    .level = options.level,
                    .checksum = options.no_checksum == 0,
                    .dictionary = text(options.dictionary),
                    .state_dictionary_id = options.no_dictionary_id == 0,
                    .patch_from = text(options.patch_from),
                    .format = static_cast<ZstdFormat>(options.format),
                    .tuning = {.strategy = options.strategy,
                               .window_log = options.window_log,
                               .hash_log = options.hash_log,
                               .search_log = options.search_log,
                               .target_length = options.target_length},
                    .sparse = static_cast<ZstdSparse>(options.sparse),
                    .single_thread = options.single_thread != 0,
                    .long_window_log = options.long_window_log,
                    .rsyncable = options.rsyncable != 0,
                    .state_size = options.no_content_size == 0,
                    .pass_through = options.pass_through != 0,
                    .overwrite = options.overwrite != 0,
                    .remove_source = options.remove_source != 0};
    if (options.window_limit != 0) how.window_limit = options.window_limit;
    if (options.state_stream_size != 0) how.stream_size = options.stream_size;
    return how;
}

// `work(how, operation)` filters.
template <class Work>
holt_kind filter(holt_status** status, const holt_call* call, const holt_zstd_options* options,
                 holt_zstd_report* report, Work&& work) noexcept {
    return operate(status, call, to_zstd_options, options,
                   [&](ZstdOptions& how, Call& operation) -> Status {
                       HOLT_TRY_LET(done, work(how, operation));
                       write_struct(report, {.size = sizeof(holt_zstd_report),
                                             .input_bytes = done.input_bytes,
                                             .output_bytes = done.output_bytes});
                       return {};
                   });
}

}  // namespace
}  // namespace holt::capi

using holt::capi::filter;
using holt::capi::text;

extern "C" {

holt_kind holt_zstd_stream(int in, const char* in_name, int out, const char* out_name,
                           const holt_zstd_options* options, const holt_call* call,
                           holt_zstd_report* report, holt_status** status) {
    return filter(status, call, options, report, [&](auto& how, auto& operation) {
        return holt::zstd_stream(in, text(in_name), out, text(out_name), how, operation);
    });
}

holt_kind holt_zstd_from_file(const char* input, int out, const char* out_name,
                              const holt_zstd_options* options, const holt_call* call,
                              holt_zstd_report* report, holt_status** status) {
    return filter(status, call, options, report, [&](auto& how, auto& operation) {
        return holt::zstd_from_file(text(input), out, text(out_name), how, operation);
    });
}

holt_kind holt_zstd_to_file(int in, const char* in_name, const char* output,
                            const holt_zstd_options* options, const holt_call* call,
                            holt_zstd_report* report, holt_status** status) {
    return filter(status, call, options, report, [&](auto& how, auto& operation) {
        return holt::zstd_to_file(in, text(in_name), text(output), how, operation);
    });
}

holt_kind holt_zstd_file(const char* input, const char* output, const holt_zstd_options* options,
                         const holt_call* call, holt_zstd_report* report, holt_status** status) {
    return filter(status, call, options, report, [&](auto& how, auto& operation) {
        return holt::zstd_file(text(input), text(output), how, operation);
    });
}

}  // extern "C"
