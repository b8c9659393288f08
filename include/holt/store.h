/* The store: open it, take snapshots, restore, list. The conventions are those at the top of
 * holt/holt.h. */
#ifndef HOLT_STORE_H
#define HOLT_STORE_H

#include <holt/call.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct holt_snapshot_info {
    size_t size;
    holt_digest id, root; /* `root`: of the root folder's tree */
    const char *name, *key, *source;
    const holt_tag* tags;
    size_t tag_count;
    holt_time created;
    uint64_t files, folders, symlinks, others, bytes;
    uint64_t left_out; /* items that could not be read when it was taken */
    int hold;          /* nothing forgets it */
    int was_used;      /* `last_used` is known */
    holt_time last_used;
    /* Of an entry of the cache (holt/cache.h). */
    const char* scope;    /* who sees its key; "": main */
    const char* producer; /* "user@host", or "" */
    int build_time_known;
    uint64_t build_time_ms; /* what it took to make it */
    uint64_t folders_saved; /* more than 1: its root has so many folders, 01, 02, ... */
} holt_snapshot_info;
typedef int (*holt_snapshot_visitor)(void* user, const holt_snapshot_info* info);

typedef struct holt_init_options {
    size_t size;
    /* A group, by name or number, all of whose members may use the store; nobody else may then.
     * NULL: the rights are as the umask has them. */
    const char* shared_group;
    int allow_network_store; /* as holt_open_options has it */
} holt_init_options;

typedef enum holt_log_level {
    HOLT_LOG_OFF = 0,
    HOLT_LOG_WARNING = 1,
    HOLT_LOG_INFO = 2,
    HOLT_LOG_DEBUG = 3
} holt_log_level;
typedef struct holt_open_options {
    size_t size;
    int read_only;         /* never writes to the store */
    uint64_t lock_wait_ms; /* how long to wait for another writer; 0: a minute */
    int no_lock_wait;      /* do not wait at all */
    unsigned threads;      /* of an operation, at most; 0: as the machine allows */
    /* Write also where the store lies on a network or FUSE file system: the caller knows that its
     * locks hold, or that nobody else is there. */
    int allow_network_store;
    holt_log_level log_level; /* with `log`: what it is told; HOLT_LOG_OFF: nothing */
    /* Gets one line at a time, without its end of line, from any thread but never from two at once.
     * It must not call back into the store, and outlives it. */
    void (*log)(void* user, holt_log_level level, const char* line);
    void* log_user;
} holt_open_options;

/* Makes a new store in `path`, which must not exist or be an empty folder. */
HOLT_API holt_kind holt_store_init(const char* path, const holt_init_options* options,
                                   holt_store** store, holt_status** status);
HOLT_API holt_kind holt_store_open(const char* path, const holt_open_options* options,
                                   holt_store** store, holt_status** status);
HOLT_API void holt_store_close(holt_store* store);
/* Absolute; lives as long as the store. */
HOLT_API const char* holt_store_path(const holt_store* store);
/* Whether it is shared by this group (as holt_init_options has it). */
HOLT_API holt_kind holt_store_is_shared_by(holt_store* store, const char* group, int* shared,
                                           holt_status** status);

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
    /* Find where files name the folder's own path, so that a restore elsewhere writes the new one.
     */
    int relocatable;
} holt_snapshot_options;

typedef struct holt_snapshot_report {
    size_t size;
    holt_digest id;
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
    /* What was taken relocatable is moved to where it is restored, unless this is set. */
    int without_relocation;
    /* Globs: files in which what cannot be moved stays as it was. Without one, HOLT_UNSAFE_INPUT.
     */
    const char* const* leave;
    size_t leave_count;
} holt_restore_options;

typedef struct holt_restore_report {
    size_t size;
    holt_digest id; /* of the snapshot */
    int in_place;
    uint64_t files, folders, symlinks, hard_links, others, bytes;
    uint64_t kept, hashed, mended, removed;
    uint64_t warnings, left_out; /* > 0: HOLT_PARTIAL for who wants all */
    holt_link link;              /* what was done */
    uint64_t files_linked, pool_replaced;
    int relocated; /* what names the old path was written with the new one */
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
/* A SNAP[:SUB], taken apart: `visit` gets the snapshot, and the path in it, without needless
 * slashes and dots ("" is its root). That there is something at the path is not looked at. */
typedef void (*holt_path_visitor)(void* user, const holt_snapshot_info* info, const char* path);
HOLT_API holt_kind holt_store_find_path(holt_store* store, const char* snap_path,
                                        holt_path_visitor visit, void* user, holt_status** status);

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

#ifdef __cplusplus
}
#endif
#endif
