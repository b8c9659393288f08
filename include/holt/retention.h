/* What a store keeps: forget snapshots, and collect what no snapshot needs. The conventions are
 * those at the top of holt/holt.h. */
#ifndef HOLT_RETENTION_H
#define HOLT_RETENTION_H

#include <holt/store.h>

#ifdef __cplusplus
extern "C" {
#endif

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
    /* Compress packs again that were made with less than this zstd level; 0: do not. */
    int recompress;
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

/* What a store collects by itself, after a snapshot that finds something to collect: the limits are
 * those of holt_gc_options. */
typedef struct holt_auto_gc {
    size_t size;
    uint64_t max_time_ms; /* 0: ten seconds */
    uint64_t max_size;    /* 0 here and below: no limit */
    holt_span max_age;
    int evict_named;
    uint64_t max_pool;
    int empty_pool;
} holt_auto_gc;
/* `on` is 0 when it does not; `settings` may be NULL. */
HOLT_API holt_kind holt_store_auto_gc(holt_store* store, int* on, holt_auto_gc* settings,
                                      holt_status** status);
/* From now on; NULL: no longer. */
HOLT_API holt_kind holt_store_set_auto_gc(holt_store* store, const holt_auto_gc* settings,
                                          holt_status** status);

#ifdef __cplusplus
}
#endif
#endif
