/* Environments by key: hash what an environment is made from, restore it if the store has it, save
 * it if not. What keys, scopes and entries are stands in holt/cache.hpp. The conventions are those
 * at the top of holt/holt.h. */
#ifndef HOLT_CACHE_H
#define HOLT_CACHE_H

#include <holt/store.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Keys ---- */

/* A key, and the list of inputs that it is the digest of, if that is known. It does not change, and
 * may be used by several threads. */
typedef struct holt_key holt_key;

typedef enum holt_key_kind {
    HOLT_KEY_FILE = 1,     /* the content of a file, by its path below the root */
    HOLT_KEY_GLOB = 2,     /* names and contents of very many files, by the pattern */
    HOLT_KEY_ENV = 3,      /* a variable's value, and whether it is set */
    HOLT_KEY_TEXT = 4,     /* the name itself */
    HOLT_KEY_PLATFORM = 5, /* "system", "machine" or "libc" */
    HOLT_KEY_TOOL = 6      /* what a command printed */
} holt_key_kind;

typedef struct holt_key_input {
    size_t size;
    holt_key_kind kind;
    const char* name;
    holt_digest digest;
    const char* value; /* of a platform or tool, for people: "glibc 2.36"; or "" */
} holt_key_input;
typedef int (*holt_key_input_visitor)(void* user, const holt_key_input* input);

/* A command, and what it printed. It does not grow. */
typedef struct holt_tool {
    const char* command;
    holt_bytes output;
} holt_tool;

typedef struct holt_key_options {
    size_t size;
    const char* prefix;       /* the key is this text and 64 hex digits */
    const char* const* files; /* each must be there */
    size_t file_count;
    const char* const* globs; /* below the root; each must find a file */
    size_t glob_count;
    const char* const* env; /* names of variables of this process */
    size_t env_count;
    const char* const* texts; /* anything, such as a number to be raised */
    size_t text_count;
    const holt_tool* tools;
    size_t tool_count;
    int platform;     /* system, machine and C library */
    const char* root; /* that names are relative to; NULL: the working directory */
} holt_key_options;

/* Needs no store. A file that is missing is HOLT_FAILED, never HOLT_NOT_FOUND. */
HOLT_API holt_kind holt_key_hash(const holt_key_options* options, const holt_call* call,
                                 holt_key** key, holt_status** status);
/* Any other text as a key; it has no list. */
HOLT_API holt_kind holt_key_of_text(const char* text, holt_key** key, holt_status** status);
HOLT_API void holt_key_free(holt_key* key);
/* Lives as long as the key. */
HOLT_API const char* holt_key_text(const holt_key* key);
HOLT_API holt_kind holt_key_inputs(const holt_key* key, holt_key_input_visitor visit, void* user,
                                   holt_status** status);
/* Remembers the list behind a key, so that a save or a miss of it can tell its inputs. */
HOLT_API holt_kind holt_store_remember_key(holt_store* store, const holt_key* key,
                                           holt_status** status);
/* The list behind a key, or of a SNAP; HOLT_NOT_FOUND when none is known. No scopes: "main". */
HOLT_API holt_kind holt_store_key_inputs(holt_store* store, const char* key_or_snap,
                                         const char* const* scopes, size_t scope_count,
                                         holt_key_input_visitor visit, void* user,
                                         holt_status** status);

/* ---- Looking up ---- */

typedef struct holt_cache_query {
    size_t size;
    /* When there is no entry of the key: the newest whose key begins with one of these. */
    const char* const* restore_keys;
    size_t restore_key_count;
    const char* const* scopes; /* the first has precedence; none: "main" */
    size_t scope_count;
    int nearest; /* when nothing else is there: the entry that shares most inputs */
} holt_cache_query;

typedef enum holt_cache_match {
    HOLT_MATCH_NONE = 0,
    HOLT_MATCH_NEAREST = 1,
    HOLT_MATCH_PARTIAL = 2, /* by one of the restore keys */
    HOLT_MATCH_EXACT = 3
} holt_cache_match;

typedef enum holt_key_how {
    HOLT_KEY_ADDED = 0,
    HOLT_KEY_REMOVED = 1,
    HOLT_KEY_CHANGED = 2
} holt_key_how;
typedef struct holt_key_change {
    size_t size;
    holt_key_how how;
    const holt_key_input* input; /* as it is now, or was */
    const char* value_before;    /* of one that changed, or "" */
} holt_key_change;

typedef struct holt_cache_found {
    size_t size;
    holt_cache_match match;
    const holt_snapshot_info* snapshot; /* NULL for none */
    /* Why there is no entry of the key itself; all 0 and NULL for an exact match. */
    int evicted; /* it was there */
    holt_time evicted_at;
    const char* evicted_why;               /* in words, or "" */
    const holt_snapshot_info* nearest;     /* the entry that shares most inputs, or NULL */
    const holt_key_change* const* changes; /* what is different now */
    size_t change_count;
} holt_cache_found;
/* Called once. */
typedef void (*holt_cache_visitor)(void* user, const holt_cache_found* found);

/* The entry of a key, or the next best, or why there is none. Writes nothing. */
HOLT_API holt_kind holt_store_cache_lookup(holt_store* store, const holt_key* key,
                                           const holt_cache_query* query, holt_cache_visitor visit,
                                           void* user, holt_status** status);

/* ---- Restoring, saving, running ---- */

typedef struct holt_cache_restore_options {
    size_t size;
    const holt_cache_query* query;
    int exact; /* nothing but the key itself counts */
    /* How files are written. HOLT_LINK_AUTO means HOLT_LINK_HARDLINK here: files that are shared
     * with the store, and read-only. HOLT_LINK_REFLINK and HOLT_LINK_COPY may be written to. */
    const holt_restore_options* restore;
} holt_cache_restore_options;

typedef struct holt_cache_restore_report {
    size_t size;
    holt_cache_match match;
    holt_digest id;   /* of the entry, or none */
    uint64_t folders; /* that were restored: none on a miss */
    uint64_t files, bytes, files_linked, kept;
    uint64_t warnings, left_out; /* > 0: HOLT_PARTIAL for who wants all */
    uint64_t time_ms;
    int saved_known;
    uint64_t saved_ms; /* against the command that made it */
} holt_cache_restore_report;

/* Restores an entry into as many folders as were saved under its key, in their order. A miss is no
 * failure: the report's match tells. `visit`, which may be NULL, is told what was found. */
HOLT_API holt_kind holt_store_cache_restore(holt_store* store, const holt_key* key,
                                            const char* const* folders, size_t folder_count,
                                            const holt_cache_restore_options* options,
                                            const holt_call* call, holt_cache_visitor visit,
                                            void* user, holt_cache_restore_report* report,
                                            holt_status** status);

typedef struct holt_cache_save_options {
    size_t size;
    const char* scope;    /* NULL: "main" */
    int replace;          /* an entry of the key that is there goes */
    int allow_incomplete; /* save although items had to be left out */
    int build_time_known;
    uint64_t build_time_ms; /* what it took to make it */
    /* Name, tags, what to leave out, level. Its key and `relocatable` are not used. */
    const holt_snapshot_options* snapshot;
    /* The folders can be moved, and files of one may name another, unless this is set. */
    int without_relocation;
    /* For each folder the absolute path that its files name it by, when that is another than where
     * it is; none: where it is. */
    const char* const* made_at;
    size_t made_at_count;
} holt_cache_save_options;

typedef enum holt_cache_outcome {
    HOLT_CACHE_SAVED = 0,
    HOLT_CACHE_ALREADY = 1, /* an entry of the key has just this content */
    HOLT_CACHE_KEPT = 2,    /* an entry of the key has another content, and stays */
    HOLT_CACHE_REPLACED = 3 /* that entry was forgotten */
} holt_cache_outcome;

typedef struct holt_cache_save_report {
    size_t size;
    holt_cache_outcome outcome;
    holt_digest id; /* of the entry that is there now */
    uint64_t files, bytes, new_bytes, stored_bytes;
    uint64_t skipped, left_out;
} holt_cache_save_report;

/* Saves folders as one entry. It appears whole or not at all. */
HOLT_API holt_kind holt_store_cache_save(holt_store* store, const holt_key* key,
                                         const char* const* folders, size_t folder_count,
                                         const holt_cache_save_options* options,
                                         const holt_call* call, holt_cache_save_report* report,
                                         holt_status** status);

typedef struct holt_cache_run_options {
    size_t size;
    const holt_cache_restore_options* restore;
    const holt_cache_save_options* save;
    /* Makes the environment from the nearest one, which is restored first, as files of their own.
     */
    int from_nearest;
    uint64_t wait_ms; /* for another process that builds the same key; 0: until it is done */
    int no_wait;      /* do not wait at all: HOLT_BUSY */
    /* Both may be NULL, and get the `user` of holt_store_cache_run. */
    void (*waiting)(void* user, const char* holder); /* once, before it waits for this one */
    holt_cache_visitor missed;                       /* before the build, with what was found */
} holt_cache_run_options;

/* Makes what the folders shall hold: 0 when it succeeded, anything else when it did not. It is
 * called at most once, from the calling thread. */
typedef int (*holt_cache_build)(void* user);

typedef struct holt_cache_run_report {
    size_t size;
    holt_cache_match match; /* what was found first */
    int built;              /* `build` was called */
    int build_result;       /* what it returned; not 0: nothing was saved */
    int waited;             /* for another process that was building it */
    int saved;              /* `outcome` is known */
    holt_cache_outcome outcome;
    holt_digest id;        /* of the entry that was restored or is there now, or none */
    uint64_t files, bytes; /* of it */
    uint64_t warnings, left_out;
    uint64_t time_ms; /* of the build, or else of the restore */
} holt_cache_run_report;

/* Restores the entry of a key, or calls `build` and saves what it made. While one process builds a
 * key, others that run it wait, and restore what it saved. A build that failed is no failure of
 * this function: the report's build_result tells. */
HOLT_API holt_kind holt_store_cache_run(holt_store* store, const holt_key* key,
                                        const char* const* folders, size_t folder_count,
                                        const holt_cache_run_options* options,
                                        holt_cache_build build, void* user, const holt_call* call,
                                        holt_cache_run_report* report, holt_status** status);

/* ---- What is kept, and what it is good for ---- */

typedef struct holt_cache_evict_options {
    size_t size;
    const char* const* keys;
    size_t key_count;
    const char* prefix;        /* NULL: none */
    const char* const* scopes; /* none: any */
    size_t scope_count;
    uint64_t unused_seconds; /* not saved or restored for so long; 0: not asked */
    int dry_run;
} holt_cache_evict_options;
/* Forgets entries, those on hold and those with a name or tag excepted. */
HOLT_API holt_kind holt_store_cache_evict(holt_store* store,
                                          const holt_cache_evict_options* options,
                                          holt_snapshot_visitor visit, void* user,
                                          uint64_t* evicted, holt_status** status);

/* A day of use, in UTC. */
typedef struct holt_cache_day {
    size_t size;
    int64_t day; /* since 1970-01-01 */
    uint64_t hits, partial, misses, saves, evictions;
    uint64_t bytes;        /* that the restored environments have */
    uint64_t milliseconds; /* saved, against the commands that made them */
} holt_cache_day;
typedef int (*holt_cache_day_visitor)(void* user, const holt_cache_day* day);
typedef struct holt_cache_eviction {
    size_t size;
    const char *key, *scope;
    holt_time when;
    const char* why;
} holt_cache_eviction;
typedef int (*holt_cache_eviction_visitor)(void* user, const holt_cache_eviction* eviction);
/* Days are told oldest first, those without use are left out; the last evictions newest first.
 * `entries`: snapshots with a key. Each of the three may be NULL. */
HOLT_API holt_kind holt_store_cache_stats(holt_store* store, holt_cache_day_visitor day,
                                          holt_cache_eviction_visitor eviction, void* user,
                                          uint64_t* entries, holt_status** status);

#ifdef __cplusplus
}
#endif
#endif
