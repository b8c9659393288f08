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

#include <holt/status.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HOLT_INIT(s) (memset((s), 0, sizeof *(s)), (void)((s)->size = sizeof *(s)))

/* "0.1.0". Lives for ever. */
HOLT_API const char* holt_version(void);

/* ---- What every longer operation takes ------------------------------------------------------ */

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

/* ---- Values ---------------------------------------------------------------------------------- */

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

/* An id as 64 hex digits and a NUL. */
#define HOLT_ID_SIZE 65

typedef struct holt_snapshot_info {
    size_t size;
    const char *id, *root; /* 64 hex digits; of the root folder's tree */
    const char *name, *key, *source;
    const holt_tag* tags;
    size_t tag_count;
    holt_time created;
    uint64_t files, folders, symlinks, others, bytes;
    uint64_t left_out; /* items that could not be read when it was taken */
    int hold;          /* nothing forgets it */
    int was_used;      /* `last_used` is known */
    holt_time last_used;
} holt_snapshot_info;
typedef int (*holt_snapshot_visitor)(void* user, const holt_snapshot_info* info);

typedef enum holt_entry_kind {
    HOLT_FILE = 0,
    HOLT_FOLDER = 1,
    HOLT_SYMLINK = 2,
    HOLT_FIFO = 3
} holt_entry_kind;

typedef struct holt_entry {
    size_t size;
    const char* path; /* relative to the snapshot's root */
    holt_entry_kind kind;
    uint32_t mode; /* 07777 */
    uint32_t uid, gid;
    uint64_t bytes; /* of content */
    holt_time mtime;
    const char* digest; /* of a file's content, as b3sum prints it, or a folder's tree; or "" */
    const char* symlink_target;
    const char* hard_link_to; /* the first name of the same inode, or "" */
    const char* left_out;     /* why it was left out, or "" */
    const holt_xattr* xattrs;
    size_t xattr_count;
} holt_entry;
typedef int (*holt_entry_visitor)(void* user, const holt_entry* entry);

/* Takes bytes, and returns 0, or not 0 to fail the operation. */
typedef int (*holt_writer)(void* user, const void* bytes, size_t size);

/* ---- The store ---------------------------------------------------------------------------------
 */

typedef struct holt_store holt_store;

typedef struct holt_open_options {
    size_t size;
    int read_only;         /* never writes to the store */
    uint64_t lock_wait_ms; /* how long to wait for another writer; 0: a minute */
    int no_lock_wait;      /* do not wait at all */
    unsigned threads;      /* of an operation, at most; 0: as the machine allows */
} holt_open_options;

/* Makes a new store in `path`, which must not exist or be an empty folder. */
HOLT_API holt_kind holt_store_init(const char* path, holt_store** store, holt_status** status);
HOLT_API holt_kind holt_store_open(const char* path, const holt_open_options* options,
                                   holt_store** store, holt_status** status);
HOLT_API void holt_store_close(holt_store* store);
/* Absolute; lives as long as the store. */
HOLT_API const char* holt_store_path(const holt_store* store);

typedef struct holt_snapshot_options {
    size_t size;
    const char* name; /* must not be taken yet */
    const char* key;
    const holt_tag* tags;
    size_t tag_count;
    const char* const* exclude; /* globs as .gitignore's */
    size_t exclude_count;
    const char* const* exclude_if_present;
    size_t exclude_if_present_count;
    int exclude_caches;
    int gitignore;
    int level; /* of zstd; 0: the default */
    int one_file_system;
    int read_all;
} holt_snapshot_options;

typedef struct holt_snapshot_report {
    size_t size;
    char id[HOLT_ID_SIZE];
    uint64_t files, folders, symlinks, others, bytes;
    uint64_t files_read, files_unchanged, bytes_read;
    uint64_t new_chunks, new_bytes, stored_bytes;
    uint64_t skipped;
    uint64_t left_out; /* > 0: HOLT_PARTIAL for who wants all */
} holt_snapshot_report;

HOLT_API holt_kind holt_store_snapshot(holt_store* store, const char* source,
                                       const holt_snapshot_options* options, const holt_call* call,
                                       holt_snapshot_report* report, holt_status** status);

typedef enum holt_mtime {
    HOLT_MTIME_PRESERVE = 0,
    HOLT_MTIME_NOW = 1,
    HOLT_MTIME_EPOCH = 2
} holt_mtime;
typedef enum holt_link {
    HOLT_LINK_AUTO = 0,
    HOLT_LINK_HARDLINK = 1,
    HOLT_LINK_REFLINK = 2,
    HOLT_LINK_COPY = 3,
    HOLT_LINK_REQUIRE_HARDLINK = 4,
    HOLT_LINK_REQUIRE_REFLINK = 5
} holt_link;
typedef enum holt_owner {
    HOLT_OWNER_PRESERVE = 0,
    HOLT_OWNER_CALLER = 1,
    HOLT_OWNER_GIVEN = 2 /* `uid` and `gid` */
} holt_owner;

typedef struct holt_restore_options {
    size_t size;
    int force;        /* into a folder that is not empty and that is no space */
    int remove_extra; /* with force */
    int paranoid;
    int atomic;
    int dry_run;
    int durable;
    holt_mtime mtime;
    holt_link link;
    holt_owner owner;
    uint32_t uid, gid;
    const char* const* include;
    size_t include_count;
    const char* const* exclude;
    size_t exclude_count;
} holt_restore_options;

typedef struct holt_restore_report {
    size_t size;
    char id[HOLT_ID_SIZE]; /* of the snapshot */
    int in_place;
    uint64_t files, folders, symlinks, hard_links, others, bytes;
    uint64_t kept, hashed, mended, removed;
    uint64_t warnings, left_out; /* > 0: HOLT_PARTIAL for who wants all */
    holt_link link;              /* what was done */
    uint64_t files_linked, pool_replaced;
} holt_restore_report;

/* `snap` is a SNAP[:SUB]. */
HOLT_API holt_kind holt_store_restore(holt_store* store, const char* snap, const char* destination,
                                      const holt_restore_options* options, const holt_call* call,
                                      holt_restore_report* report, holt_status** status);

/* All snapshots, oldest first; those that were forgotten and can be brought back. */
HOLT_API holt_kind holt_store_list(holt_store* store, holt_snapshot_visitor visit, void* user,
                                   holt_status** status);
HOLT_API holt_kind holt_store_list_forgotten(holt_store* store, holt_snapshot_visitor visit,
                                             void* user, holt_status** status);
/* What a SNAP means: `visit` is told of it. */
HOLT_API holt_kind holt_store_find(holt_store* store, const char* snap, holt_snapshot_visitor visit,
                                   void* user, holt_status** status);

typedef struct holt_tag_options {
    size_t size;
    const char* name; /* the new one; "": none; NULL: as it is */
    const holt_tag* set;
    size_t set_count;
    const char* const* remove; /* keys */
    size_t remove_count;
    int hold;    /* from now on nothing forgets it */
    int release; /* what `hold` did ends */
} holt_tag_options;
HOLT_API holt_kind holt_store_tag(holt_store* store, const char* snap,
                                  const holt_tag_options* options, holt_status** status);

typedef struct holt_span {
    int years, months, days, hours;
} holt_span;

typedef struct holt_forget_options {
    size_t size;
    const char* const* snaps; /* these, and then no rules */
    size_t snap_count;
    const char* key_prefix;
    const holt_tag* with_tags;
    size_t with_tag_count;
    /* Rules that keep: so many, -1 all. */
    int keep_last, keep_hourly, keep_daily, keep_weekly, keep_monthly, keep_yearly;
    holt_span keep_within, keep_unused; /* all 0: no such rule */
    const holt_tag* keep_tags;          /* those that have all of these */
    size_t keep_tag_count;
    const char* const* group_by; /* "source", "key", "tags", "tag:KEY"; none: "source" */
    size_t group_by_count;
    int one_group;
    int allow_empty;
    int dry_run;
} holt_forget_options;
typedef struct holt_decision {
    size_t size;
    const holt_snapshot_info* snapshot;
    int keep;
    const char* group;
    const char* const* reasons;
    size_t reason_count;
} holt_decision;
typedef int (*holt_decision_visitor)(void* user, const holt_decision* decision);
/* `visit`, which may be NULL, is told of each decision when all is done. */
HOLT_API holt_kind holt_store_forget(holt_store* store, const holt_forget_options* options,
                                     holt_decision_visitor visit, void* user, uint64_t* forgotten,
                                     holt_status** status);
/* No snaps: all that can be brought back. */
HOLT_API holt_kind holt_store_undelete(holt_store* store, const char* const* snaps,
                                       size_t snap_count, holt_snapshot_visitor visit, void* user,
                                       holt_status** status);

typedef struct holt_gc_options {
    size_t size;
    uint64_t max_time_ms; /* 0 here and below: no limit */
    uint64_t max_size;
    holt_span max_age;
    int evict_named;
    uint64_t max_pool;
    int empty_pool; /* a limit of 0 for the pool */
    int dry_run;
} holt_gc_options;
typedef struct holt_gc_report {
    size_t size;
    uint64_t snapshots, evicted, dropped;
    uint64_t packs_before, bytes_before, packs_after, bytes_after;
    uint64_t unknown_packs, unknown_bytes, waiting_packs, waiting_bytes;
    uint64_t pool_files, pool_bytes, spaces;
    int out_of_time, out_of_space;
} holt_gc_report;
HOLT_API holt_kind holt_store_gc(holt_store* store, const holt_gc_options* options,
                                 const holt_call* call, holt_gc_report* report,
                                 holt_status** status);

/* ---- Looking into snapshots -------------------------------------------------------------------
 */

/* A snapshot held open: nothing of it is given back meanwhile, whoever forgets it. */
typedef struct holt_snapshot holt_snapshot;
HOLT_API holt_kind holt_snapshot_open(holt_store* store, const char* snap, holt_snapshot** snapshot,
                                      holt_status** status);
HOLT_API void holt_snapshot_close(holt_snapshot* snapshot);
/* Lives as long as the snapshot. */
HOLT_API const holt_snapshot_info* holt_snapshot_get_info(const holt_snapshot* snapshot);
/* The entry at `path` ("" is the root) and, of a folder, its children; recursive: all below it. */
HOLT_API holt_kind holt_snapshot_list(holt_snapshot* snapshot, const char* path, int recursive,
                                      const holt_call* call, holt_entry_visitor visit, void* user,
                                      holt_status** status);
HOLT_API holt_kind holt_snapshot_stat(holt_snapshot* snapshot, const char* path,
                                      holt_entry_visitor visit, void* user, holt_status** status);
/* Bytes of a file from `offset` on, every one verified; fewer than `room` only at its end. */
HOLT_API holt_kind holt_snapshot_read_at(holt_snapshot* snapshot, const char* path, uint64_t offset,
                                         void* bytes, size_t room, size_t* got,
                                         holt_status** status);
/* All of a file. */
HOLT_API holt_kind holt_snapshot_cat(holt_snapshot* snapshot, const char* path, holt_writer write,
                                     void* user, holt_status** status);

typedef struct holt_find_options {
    size_t size;
    const char* glob;   /* NULL: any path */
    const char* digest; /* of a file's content, or how it begins */
    uint64_t min_size;
    uint64_t max_size; /* 0: any */
    const char* const* snaps;
    size_t snap_count;
    int all; /* each place in each snapshot; else where each was last */
} holt_find_options;
typedef int (*holt_found_visitor)(void* user, const holt_snapshot_info* info,
                                  const holt_entry* entry);
HOLT_API holt_kind holt_store_find_entries(holt_store* store, const holt_find_options* options,
                                           const holt_call* call, holt_found_visitor visit,
                                           void* user, holt_status** status);

/* ---- Comparing and checking --------------------------------------------------------------------
 */

typedef enum holt_change {
    HOLT_ADDED = 0,
    HOLT_REMOVED = 1,
    HOLT_CONTENT = 2,
    HOLT_METADATA = 3,
    HOLT_KIND_CHANGED = 4
} holt_change;
typedef struct holt_difference {
    size_t size;
    const char* path;
    holt_change change;
    const char* detail;
} holt_difference;
typedef int (*holt_difference_visitor)(void* user, const holt_difference* difference);
typedef struct holt_diff_options {
    size_t size;
    const char* const* include;
    size_t include_count;
    const char* const* exclude;
    size_t exclude_count;
} holt_diff_options;
typedef struct holt_diff_report {
    size_t size;
    uint64_t added, removed, changed, same, left_out, warnings;
} holt_diff_report;
/* Each side is a SNAP[:SUB] or a folder. */
HOLT_API holt_kind holt_store_diff(holt_store* store, const char* a, const char* b,
                                   const holt_diff_options* options, const holt_call* call,
                                   holt_difference_visitor visit, void* user,
                                   holt_diff_report* report, holt_status** status);

typedef struct holt_verify_folder_options {
    size_t size;
    const char* against; /* SNAP[:SUB]; NULL: what the folder was restored from */
    int paranoid;
    const char* const* include;
    size_t include_count;
    const char* const* exclude;
    size_t exclude_count;
} holt_verify_folder_options;
HOLT_API holt_kind holt_store_verify_folder(holt_store* store, const char* folder,
                                            const holt_verify_folder_options* options,
                                            const holt_call* call, holt_difference_visitor visit,
                                            void* user, holt_diff_report* report,
                                            holt_status** status);

typedef struct holt_damage {
    size_t size;
    const holt_status* what;
    const char* const* snapshots; /* names or short ids of those that it touches */
    size_t snapshot_count;
} holt_damage;
typedef int (*holt_damage_visitor)(void* user, const holt_damage* damage);
typedef struct holt_verify_report {
    size_t size;
    uint64_t packs, blocks, chunks, bytes, snapshots, pool_files;
    uint64_t unknown_packs, unknown_bytes, forgotten, pool_changed;
    uint64_t damage; /* how many were told */
} holt_verify_report;
/* No snaps: everything; `subset_percent` (0: all) of the packs then. Damage is told, and is no
 * failure of this function. */
HOLT_API holt_kind holt_store_verify(holt_store* store, const char* const* snaps, size_t snap_count,
                                     unsigned subset_percent, const holt_call* call,
                                     holt_damage_visitor visit, void* user,
                                     holt_verify_report* report, holt_status** status);

typedef struct holt_repair_report {
    size_t size;
    uint64_t packs, chunks, snapshots, brought_back, unacknowledged, forgotten;
    uint64_t salvaged_chunks, pool_removed, quarantined, damage;
} holt_repair_report;
HOLT_API holt_kind holt_repair(const char* path, const holt_open_options* open,
                               int also_unacknowledged, const holt_call* call,
                               holt_damage_visitor visit, void* user, holt_repair_report* report,
                               holt_status** status);

typedef struct holt_stats {
    size_t size;
    uint64_t snapshots, packs, blocks, chunks, forgotten;
    uint64_t unused_packs, unused_bytes, going_packs, going_bytes, unknown_packs, unknown_bytes;
    uint64_t pack_bytes, catalog_bytes, pool_files, pool_bytes, pool_unused_bytes;
    uint64_t tmp_files, tmp_bytes, quarantine_files, quarantine_bytes;
    uint64_t chunk_bytes, source_bytes;
} holt_stats;
HOLT_API holt_kind holt_store_stats(holt_store* store, holt_stats* stats, holt_status** status);

/* ---- Archives
 * ------------------------------------------------------------------------------------ */

typedef enum holt_format {
    HOLT_FORMAT_BY_NAME = 0, /* by the suffix of the archive's name */
    HOLT_FORMAT_TAR = 1,
    HOLT_FORMAT_TAR_GZ = 2,
    HOLT_FORMAT_TAR_ZST = 3,
    HOLT_FORMAT_ZIP = 4,
    HOLT_FORMAT_HOLT = 5
} holt_format;

/* Where an archive goes to or comes from: a descriptor, which is not closed, or a path. */
typedef struct holt_place {
    size_t size;
    const char* path; /* beside a descriptor: its name for messages */
    int use_fd;
    int fd;
} holt_place;

typedef struct holt_export_options {
    size_t size;
    holt_format format;
    int level;
    int overwrite;
    const char* const* since; /* .holt: what the other side has */
    size_t since_count;
    const char* const* include;
    size_t include_count;
    const char* const* exclude;
    size_t exclude_count;
} holt_export_options;
typedef struct holt_export_report {
    size_t size;
    uint64_t snapshots, files, folders, symlinks, hard_links, others, bytes, archive_bytes;
    uint64_t left_out;
} holt_export_report;
/* What went to a descriptor before a failure is of no use. */
HOLT_API holt_kind holt_store_export(holt_store* store, const char* const* snaps, size_t snap_count,
                                     const holt_place* place, const holt_export_options* options,
                                     const holt_call* call, holt_export_report* report,
                                     holt_status** status);

typedef struct holt_import_options {
    size_t size;
    const char *name, *key;
    const holt_tag* tags;
    size_t tag_count;
    int level;
    int special_modes, special_files, all_xattrs;
    holt_owner owner;
    uint32_t uid, gid;
    /* 0: the defaults of holt/archive.hpp. */
    uint64_t max_entries, max_bytes, max_ratio, max_metadata, window_limit;
    uint32_t max_depth;
} holt_import_options;
typedef struct holt_import_report {
    size_t size;
    char id[HOLT_ID_SIZE]; /* of the first snapshot */
    uint64_t snapshots, archive_bytes, new_chunks, new_bytes, stored_bytes;
    uint64_t skipped, stripped, warnings;
} holt_import_report;
HOLT_API holt_kind holt_store_import(holt_store* store, const holt_place* place,
                                     const holt_import_options* options, const holt_call* call,
                                     holt_import_report* report, holt_status** status);
/* Out of an archive into a folder, without a store. */
HOLT_API holt_kind holt_restore_archive(const holt_place* place, const char* destination,
                                        const holt_restore_options* options,
                                        const holt_import_options* import_options,
                                        const holt_call* call, holt_restore_report* report,
                                        holt_status** status);

#ifdef __cplusplus
}
#endif
#endif
