// holt/doctor.h: whether a store lies where it should.
#include <holt/doctor.h>
#include <holt/doctor.hpp>

#include "base/error.h"
#include "capi/status.h"
#include "capi/structs.h"

extern "C" {

holt_kind holt_examine(const char* path, const char* const* folders, size_t folder_count,
                       holt_finding_visitor visit, void* user, holt_status** status) {
    return holt::capi::run(status, [&]() -> holt::Status {
        HOLT_TRY_LET(
            found, holt::examine(holt::capi::text(path), holt::capi::texts(folders, folder_count)));
        for (const holt::Finding& finding : found) {
            const holt_finding told = {.size = sizeof told,
                                       .level = static_cast<holt_finding_level>(finding.level),
                                       .subject = finding.subject.c_str(),
                                       .object = finding.object.c_str(),
                                       .state = finding.state.c_str(),
                                       .advice = finding.advice.c_str()};
            if (visit(user, &told) != 0) return {};
        }
        return {};
    });
}

}  // extern "C"
