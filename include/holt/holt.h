/* Holt for C: a content-addressed snapshot store for folder trees.
 *
 * Conventions, which hold for every function here and in holt/status.h and holt/zstd.h:
 *
 *  - Failure. A function that can fail returns a holt_kind and takes a `holt_status **` last, which
 *    may be NULL (holt/status.h). Nothing is thrown, printed or exited; memory that runs out is a
 *    failure like any other (HOLT_FAILED, errno ENOMEM).
 *  - Handles (holt_store, holt_snapshot, ...) are opaque. What makes one sets it to NULL first and
 *    gives it to the caller, who frees it with the function named there; NULL may be freed.
 *  - Structs begin with their `size`, which the caller sets to sizeof; all else zero (or NULL) is
 *    the default of each option. HOLT_INIT(&s) does both. A library newer than its caller leaves
 *    alone what lies behind `size`; one that is older ignores it where it is zero, and refuses it
 *    (HOLT_USAGE) where it is not.
 *  - Texts are bytes that end in NUL, never converted. Arguments are read during the call only.
 *    What a struct given to a callback points to is valid until the callback returns.
 *  - Lists are a pointer and a number beside it.
 *  - Flags are int: 0 or not.
 *  - Callbacks get the `user` pointer that was given with them. They are called from one thread at
 *    a time, not always the calling one, and must not call back into the same store. A visitor
 *    returns 0 to go on; anything else ends the operation early, which is no failure.
 *  - Threads. Any function on a holt_store may be called from any thread, several at a time;
 *    closing it while one runs is the caller's to prevent. A holt_snapshot is for one thread at a
 *    time. After a fork() the child opens stores anew: functions on an old one fail, and closing it
 *    is allowed. Nothing of the process is changed: no signals, locale, umask, working folder.
 *  - Report structs may be NULL.
 *
 * What the operations do in detail stands in holt/store.hpp, whose names these are. */
#ifndef HOLT_HOLT_H
#define HOLT_HOLT_H

#include <holt/archive.h>
#include <holt/cache.h>
#include <holt/call.h>
#include <holt/check.h>
#include <holt/digest.h>
#include <holt/doctor.h>
#include <holt/gzip.h>
#include <holt/relocation.h>
#include <holt/retention.h>
#include <holt/snapshot.h>
#include <holt/status.h>
#include <holt/store.h>
#include <holt/zstd/files.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "0.1.0". Lives for ever. */
HOLT_API const char* holt_version(void);

#ifdef __cplusplus
}
#endif
#endif
