// holt/gzip.h: gzip as a filter.
#include <holt/gzip.h>
#include <holt/gzip.hpp>

#include "base/error.h"
#include "capi/call.h"
#include "capi/status.h"
#include "capi/structs.h"
#include "capi/views.h"

namespace holt::capi {
namespace {

// The enumerations of C have the values of those of C++.
Result<GzipOptions> to_gzip_options(const holt_gzip_options* given) {
    HOLT_TRY_LET(options, read_struct(given));
    return GzipOptions{.mode = static_cast<GzipMode>(options.mode),
                       .level = options.level,
                       .layout = static_cast<GzipLayout>(options.layout),
                       .keep_name = options.keep_name != 0,
                       .keep_time = options.keep_time != 0,
                       .rsyncable = options.rsyncable != 0,
                       .output_limit = options.output_limit,
                       .pass_through = options.pass_through != 0,
                       .overwrite = options.overwrite != 0,
                       .remove_source = options.remove_source != 0,
                       .synchronous = options.synchronous != 0};
}

void put_report(const GzipReport& done, holt_gzip_report* report) noexcept {
    write_struct(report, {.size = sizeof(holt_gzip_report),
                          .input_bytes = done.input_bytes,
                          .output_bytes = done.output_bytes,
                          .members = done.members,
                          .crc = done.crc,
                          .trailing = static_cast<holt_gzip_trailing>(done.trailing),
                          .copied_bytes = done.copied_bytes});
}

}  // namespace
}  // namespace holt::capi

using holt::Status;
using holt::capi::Call;
using holt::capi::operate;
using holt::capi::text;
using holt::capi::to_gzip_options;

extern "C" {

holt_gzip_level_range holt_gzip_levels(void) {
    const holt::GzipLevels levels = holt::gzip_levels();
    return {.min = levels.min, .max = levels.max, .standard = levels.standard};
}

holt_kind holt_gzip_stream(int in, const char* in_name, int out, const char* out_name,
                           const holt_gzip_options* options, const holt_call* call,
                           holt_gzip_report* report, holt_status** status) {
    return operate(
        status, call, to_gzip_options, options, [&](auto& how, Call& operation) -> Status {
            HOLT_TRY_LET(done,
                         holt::gzip_stream(in, text(in_name), out, text(out_name), how, operation));
            holt::capi::put_report(done, report);
            return {};
        });
}

holt_kind holt_gzip_from_file(const char* input, int out, const char* out_name,
                              const holt_gzip_options* options, const holt_call* call,
                              holt_gzip_report* report, holt_status** status) {
    return operate(
        status, call, to_gzip_options, options, [&](auto& how, Call& operation) -> Status {
            HOLT_TRY_LET(done,
                         holt::gzip_from_file(text(input), out, text(out_name), how, operation));
            holt::capi::put_report(done, report);
            return {};
        });
}

holt_kind holt_gzip_file(const char* input, const char* output, const holt_gzip_options* options,
                         const holt_call* call, holt_gzip_report* report, holt_status** status) {
    return operate(
        status, call, to_gzip_options, options, [&](auto& how, Call& operation) -> Status {
            HOLT_TRY_LET(done, holt::gzip_file(text(input), text(output), how, operation));
            holt::capi::put_report(done, report);
            return {};
        });
}

holt_kind holt_gzip_header(const char* path, holt_gzip_header_visitor visit, void* user,
                           holt_status** status) {
    return holt::capi::run(status, [&]() -> Status {
        HOLT_TRY_LET(header, holt::gzip_header(text(path)));
        const holt_gzip_header_info told = {.size = sizeof told,
                                            .name = header.name.c_str(),
                                            .mtime = header.mtime,
                                            .bytes = header.bytes};
        visit(user, &told);
        return {};
    });
}

holt_kind holt_gzip_look(const char* path, int follow, holt_gzip_input* found,
                         holt_status** status) {
    return holt::capi::run(status, [&]() -> Status {
        using holt::GzipFollow;
        HOLT_TRY_LET(input,
                     holt::gzip_look(text(path), follow != 0 ? GzipFollow::yes : GzipFollow::no));
        holt::capi::write_struct(found, {.size = sizeof(holt_gzip_input),
                                         .kind = static_cast<holt_gzip_input_kind>(input.kind),
                                         .mode = input.mode,
                                         .links = input.links,
                                         .bytes = input.size,
                                         .mtime = holt::capi::to_c(input.mtime)});
        return {};
    });
}

holt_kind holt_gzip_names(const char* folder, holt_gzip_name_visitor visit, void* user,
                          holt_status** status) {
    return holt::capi::run(status, [&]() -> Status {
        HOLT_TRY_LET(names, holt::gzip_names(text(folder)));
        for (const std::string& name : names)
            if (visit(user, name.c_str()) != 0) break;
        return {};
    });
}

}  // extern "C"
