// holt/relocation.h: what moving a folder would mean.
#include <holt/relocation.hpp>

#include "base/error.h"
#include "capi/call.h"
#include "capi/status.h"
#include "capi/structs.h"

namespace holt::capi {
namespace {

Result<RelocationCheckOptions> to_check_options(const holt_relocation_options* given) {
    HOLT_TRY_LET(options, read_struct(given));
    return RelocationCheckOptions{.to = text(options.to), .packed = options.packed != 0};
}

void tell(const RelocationFile& file, holt_relocation_visitor visit, void* user) {
    if (visit == nullptr) return;
    std::vector<holt_relocation_place> places;
    places.reserve(file.places.size());
    // The library's words are literals, which end in NUL.
    for (const RelocationPlace& place : file.places)
        places.push_back({.offset = place.offset, .action = place.action.data()});
    const holt_relocation_file told = {.size = sizeof told,
                                       .path = file.path.c_str(),
                                       .kind = static_cast<holt_relocation_class>(file.kind),
                                       .places = places.data(),
                                       .place_count = places.size(),
                                       .problem = file.problem.c_str()};
    visit(user, &told);
}

holt_relocation_report report_of(const RelocationReport& report) noexcept {
    return {.size = sizeof(holt_relocation_report),
            .files = report.files,
            .holding = report.holding,
            .places = report.places,
            .cannot = report.cannot,
            .left_out = report.left_out};
}

}  // namespace
}  // namespace holt::capi

using holt::Status;
using holt::capi::Call;
using holt::capi::operate;

extern "C" {

holt_kind holt_check_relocation(const char* folder, const holt_relocation_options* options,
                                const holt_call* call, holt_relocation_visitor visit, void* user,
                                holt_relocation_report* report, holt_status** status) {
    return operate(status, call, holt::capi::to_check_options, options,
                   [&](auto& how, Call& operation) -> Status {
                       HOLT_TRY_LET(done, holt::check_relocation(
                                              folder, how,
                                              [&](const holt::RelocationFile& file) {
                                                  holt::capi::tell(file, visit, user);
                                              },
                                              operation));
                       holt::capi::write_struct(report, holt::capi::report_of(done));
                       return {};
                   });
}

}  // extern "C"
