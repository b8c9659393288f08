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
/* What to do next, in words, and as one of HOLT_ADVICE_..., for who has words of its own. */
HOLT_API const char* holt_status_advice(const holt_status* status);
HOLT_API int holt_status_advice_code(const holt_status* status);
/* A number that belongs to the code: of HOLT_ADVICE_ALLOW_MEMORY the MiB. Else 0. */
HOLT_API uint64_t holt_status_advice_value(const holt_status* status);
HOLT_API void holt_status_free(holt_status* status);

enum {
    HOLT_ADVICE_NONE = 0,
    HOLT_ADVICE_FREE_SPACE = 1,
    HOLT_ADVICE_RAISE_QUOTA = 2,
    HOLT_ADVICE_RAISE_FILE_LIMIT = 3,
    HOLT_ADVICE_CHECK_PERMISSIONS = 4,
    HOLT_ADVICE_CHECK_OWNER = 5,
    HOLT_ADVICE_RUN_AGAIN = 6,
    HOLT_ADVICE_WAIT_LONGER = 7,
    HOLT_ADVICE_ALLOW_LARGER_FILES = 8,
    HOLT_ADVICE_CLOSE_PROGRAMS = 9,
    HOLT_ADVICE_MAKE_STORE = 10,
    HOLT_ADVICE_REPAIR_STORE = 11,
    HOLT_ADVICE_VERIFY_STORE = 12,
    HOLT_ADVICE_RECOVER_UNACKNOWLEDGED = 13,
    HOLT_ADVICE_TAKE_SNAPSHOT = 14,
    HOLT_ADVICE_LIST_SNAPSHOTS = 15,
    HOLT_ADVICE_LIST_ENTRIES = 16,
    HOLT_ADVICE_LIST_FORGOTTEN = 17,
    HOLT_ADVICE_CHOOSE_NAME = 18,
    HOLT_ADVICE_NAME_OR_RULE = 19,
    HOLT_ADVICE_RELEASE_HOLD = 20,
    HOLT_ADVICE_ALLOW_EMPTY = 21,
    HOLT_ADVICE_EVICT_NAMED = 22,
    HOLT_ADVICE_CHOOSE_COMPARISON = 23,
    HOLT_ADVICE_MAKE_STORE_AGAIN = 24,
    HOLT_ADVICE_CHECK_GLOBS = 25,
    HOLT_ADVICE_ALLOW_OVERWRITE = 30,
    HOLT_ADVICE_REPLACE_OUTPUT = 31,
    HOLT_ADVICE_REPLACE_ENTRY = 32,
    HOLT_ADVICE_REPLACE_SYMLINK = 33,
    HOLT_ADVICE_WITHOUT_ATOMIC = 34,
    HOLT_ADVICE_WITHOUT_ATOMIC_OR_NEW = 35,
    HOLT_ADVICE_WITHOUT_ATOMIC_OR_WHOLE = 36,
    HOLT_ADVICE_WITHOUT_ATOMIC_OR_PARTIAL = 37,
    HOLT_ADVICE_REMOVE_EXTRA_TOO = 38,
    HOLT_ADVICE_LINK_BY_COPY = 39,
    HOLT_ADVICE_LINK_BY_COPY_OR_TIME = 40,
    HOLT_ADVICE_OWNER_CALLER = 41,
    HOLT_ADVICE_GET_WHOLE_COPY = 50,
    HOLT_ADVICE_ALLOW_CONTENT = 51,
    HOLT_ADVICE_ALLOW_MEMORY = 52,
    HOLT_ADVICE_ALLOW_ENTRIES = 53,
    HOLT_ADVICE_ALLOW_DEPTH = 54,
    HOLT_ADVICE_ALLOW_RATIO = 55,
    HOLT_ADVICE_ALLOW_METADATA = 56,
    HOLT_ADVICE_ALLOW_SPECIAL_MODES = 57,
    HOLT_ADVICE_ALLOW_SPECIAL_FILES = 58,
    HOLT_ADVICE_ALLOW_XATTRS = 59,
    HOLT_ADVICE_ALLOW_MODES_AND_XATTRS = 60,
    HOLT_ADVICE_GIVE_DICTIONARY = 61,
    HOLT_ADVICE_TRAIN_DICTIONARY = 62,
    HOLT_ADVICE_GIVE_FORMAT = 70,
    HOLT_ADVICE_EXPORT_WHOLE = 71,
    HOLT_ADVICE_WITHOUT_KEY_AND_TAGS = 72,
    HOLT_ADVICE_WITHOUT_NAME = 73,
    HOLT_ADVICE_GIVE_NAME = 74,
    HOLT_ADVICE_OWNER_AT_RESTORE = 75,
    HOLT_ADVICE_EXPORT_FOLDER = 76,
    HOLT_ADVICE_REMOVE_TAGS = 26,
    HOLT_ADVICE_REPAIR_FROM = 27,
    HOLT_ADVICE_SET_COLLECTION_AGAIN = 28,
    HOLT_ADVICE_TRUST_LOCKS = 29,
    HOLT_ADVICE_COPY_INSTEAD_OF_LINKS = 42,
    HOLT_ADVICE_KEEP_TIMES = 43,
    HOLT_ADVICE_LEAVE_OR_SHORTER = 44,
    HOLT_ADVICE_WITHOUT_RELOCATION = 45,
    HOLT_ADVICE_SAVE_INCOMPLETE = 90,
    HOLT_ADVICE_SAVE_KEY_LIST = 91,
    HOLT_ADVICE_WAIT_FOR_BUILDER = 92,
    HOLT_ADVICE_MOUNT_WRITABLE = 80,
    HOLT_ADVICE_CHECK_DEVICE = 81
};

#ifdef __cplusplus
}
#endif
#endif
