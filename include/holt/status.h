/* How the C interface reports failure. The conventions are those at the top of holt/holt.h.
 *
 * Each function that can fail returns a holt_kind, HOLT_OK or what went wrong, and takes as its
 * last argument where to put a holt_status with the details, or NULL. What it puts there is NULL
 * after HOLT_OK; else it belongs to the caller, who gives it to holt_status_free(). When memory ran
 * out there is a status all the same. */
#ifndef HOLT_STATUS_H
#define HOLT_STATUS_H

#include <holt/export.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What went wrong, as a caller would act on it; the numbers are the program's exit codes. */
typedef enum holt_kind {
    HOLT_OK = 0,
    HOLT_FAILED = 1,        /* for a reason that none of the others names */
    HOLT_USAGE = 2,         /* the arguments make no sense */
    HOLT_PARTIAL = 3,       /* done, but items were left out; each was noted */
    HOLT_NO_STORE = 10,     /* no store here, or of a version this library cannot read */
    HOLT_BUSY = 11,         /* a lock was not had in time */
    HOLT_UNSAFE_INPUT = 12, /* untrusted input refused; nothing of it is there */
    HOLT_NOT_FOUND = 13,    /* the store has no such snapshot, or the snapshot no such path */
    HOLT_CORRUPT = 14,      /* stored bytes are not what was written */
    HOLT_NO_SPACE = 15,     /* the disk is full, a quota or a limit was reached */
    HOLT_REMOTE = 16,       /* a remote failed */
    HOLT_CANCELLED = 130    /* the caller asked to stop */
} holt_kind;

/* "corrupt", "no-space"; "ok" for HOLT_OK. Lives for ever. */
HOLT_API const char* holt_kind_name(holt_kind kind);

/* The details of a failure. NULL is taken by each function as a status of HOLT_OK. */
typedef struct holt_status holt_status;

HOLT_API holt_kind holt_status_kind(const holt_status* status);
/* The errno of the system call behind it, or 0. */
HOLT_API int holt_status_errno(const holt_status* status);
/* All of it in one line of printable text. These texts live as long as the status; none is NULL. */
HOLT_API const char* holt_status_message(const holt_status* status);
HOLT_API const char* holt_status_operation(const holt_status* status); /* "read pack" */
HOLT_API const char* holt_status_object(const holt_status* status);    /* a path, as it is */
HOLT_API const char* holt_status_cause(const holt_status* status);
HOLT_API const char* holt_status_advice(const holt_status* status); /* what to do next */
HOLT_API void holt_status_free(holt_status* status);

#ifdef __cplusplus
}
#endif
#endif
