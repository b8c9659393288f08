/* Whether a store lies where it should, and what can be done there: asked before anything goes
 * wrong. The conventions are those at the top of holt/holt.h. */
#ifndef HOLT_DOCTOR_H
#define HOLT_DOCTOR_H

#include <stddef.h>

#include <holt/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum holt_finding_level {
    HOLT_FINDING_GOOD = 0,
    HOLT_FINDING_NOTICE = 1, /* works, but not as well as it could, or not everywhere */
    HOLT_FINDING_TROUBLE = 2 /* something will fail, or is not safe */
} holt_finding_level;

/* One thing that was looked at. */
typedef struct holt_finding {
    size_t size;
    holt_finding_level level;
    const char* subject; /* "file system", "locks", "free space", "links": stable names */
    const char* object;  /* the folder that it is about, or "" */
    const char* state;   /* what was found, in words */
    const char* advice;  /* what to do, or "" */
} holt_finding;
typedef int (*holt_finding_visitor)(void* user, const holt_finding* finding);

/* Looks at the store at `path`, and at folders that snapshots are to be restored to. A store that
 * is not there, or no store, is a finding. Nothing that it makes stays. */
HOLT_API holt_kind holt_examine(const char* path, const char* const* folders, size_t folder_count,
                                holt_finding_visitor visit, void* user, holt_status** status);

#ifdef __cplusplus
}
#endif
#endif
