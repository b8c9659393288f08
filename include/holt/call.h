/* What operations take and tell: cancel, progress, notes, threads; and values. The conventions are
 * those at the top of holt/holt.h. */
#ifndef HOLT_CALL_H
#define HOLT_CALL_H

#include <holt/digest.h>
#include <holt/status.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HOLT_INIT(s) (memset((s), 0, sizeof *(s)), (void)((s)->size = sizeof *(s)))

/* The caller's wish to stop: requested from any thread, or in a signal handler. It outlives the
 * operations that it was given to. */
typedef struct holt_cancel holt_cancel;
HOLT_API holt_kind holt_cancel_new(holt_cancel** cancel, holt_status** status);
HOLT_API void holt_cancel_request(holt_cancel* cancel);
HOLT_API int holt_cancel_requested(const holt_cancel* cancel);
HOLT_API void holt_cancel_free(holt_cancel* cancel);

/* How far an operation is. Totals are 0 while they are not known yet. */
typedef struct holt_progress {
    size_t size;
    const char* stage; /* "scan", "store", "plan", "write", "verify", ... */
    uint64_t files_done, files_total;
    uint64_t bytes_done, bytes_total;
} holt_progress;

typedef enum holt_severity {
    HOLT_INFO = 0,    /* worth knowing: a socket was passed over */
    HOLT_WARNING = 1, /* done, but not quite as asked */
    HOLT_LEFT_OUT = 2 /* an item was left out */
} holt_severity;

/* How an operation is run and what it tells meanwhile. NULL in its place is all defaults. */
typedef struct holt_call {
    size_t size;
    void* user;
    void (*progress)(void* user, const holt_progress* progress);
    /* About an item, or `count` of them to which the same happened. */
    void (*note)(void* user, holt_severity severity, const holt_status* about, uint64_t count);
    /* Asked again and again while the operation runs: not 0 stops it. An operation that waits for
     * a lock hears `cancel` only. */
    int (*cancelled)(void* user);
    const holt_cancel* cancel;
    unsigned threads; /* at most; 0: as many as the store was opened with */
} holt_call;

/* ---- Values ---- */

typedef struct holt_store holt_store; /* holt/store.h */

typedef struct holt_time {
    int64_t seconds; /* since 1970-01-01 UTC, rounded down */
    uint32_t nanoseconds;
} holt_time;

typedef struct holt_tag {
    const char *key, *value; /* in a query, `value` may be NULL: any */
} holt_tag;

/* Bytes that may hold NUL. */
typedef struct holt_bytes {
    const void* data;
    size_t size;
} holt_bytes;

typedef struct holt_xattr {
    const char* name;
    holt_bytes value;
} holt_xattr;

/* Takes bytes, and returns 0, or not 0 to fail the operation. */
typedef int (*holt_writer)(void* user, const void* bytes, size_t size);

#ifdef __cplusplus
}
#endif
#endif
