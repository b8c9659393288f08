/* Comparing, checking, mending, counting. The conventions are those at the top of holt/holt.h. */
#ifndef HOLT_CHECK_H
#define HOLT_CHECK_H

#include <holt/store.h>

#ifdef __cplusplus
extern "C" {
#endif

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
    uint64_t damage;    /* how many were told */
    uint64_t all_packs; /* that there are */
    int out_of_time;    /* max_time_ms was over before the share was checked */
} holt_verify_report;
typedef struct holt_verify_options {
    size_t size;
    unsigned subset_percent; /* of the packs, those that follow where the last run ended; 0: all */
    uint64_t max_time_ms;    /* of as many packs as this is enough for, one at least; 0: no limit */
} holt_verify_options;
/* No snaps: everything, or the share that the options name. Damage is told, and is no failure of
 * this function. */
HOLT_API holt_kind holt_store_verify(holt_store* store, const char* const* snaps, size_t snap_count,
                                     const holt_verify_options* options, const holt_call* call,
                                     holt_damage_visitor visit, void* user,
                                     holt_verify_report* report, holt_status** status);

typedef struct holt_repair_report {
    size_t size;
    uint64_t packs, chunks, snapshots, brought_back, unacknowledged, forgotten;
    uint64_t salvaged_chunks, pool_removed, quarantined, damage;
    uint64_t regained_chunks; /* taken again from `from` */
} holt_repair_report;
typedef struct holt_repair_options {
    size_t size;
    /* Bring back every complete snapshot that the packs hold, also those that were never
     * acknowledged. */
    int unacknowledged;
    /* Folders, files and .holt files that may have what no pack has whole any more. */
    const char* const* from;
    size_t from_count;
} holt_repair_options;
/* Rebuilds the catalog of the store at `path` from its packs. */
HOLT_API holt_kind holt_repair(const char* path, const holt_open_options* open,
                               const holt_repair_options* options, const holt_call* call,
                               holt_damage_visitor visit, void* user, holt_repair_report* report,
                               holt_status** status);

typedef struct holt_stats {
    size_t size;
    uint64_t snapshots, packs, blocks, chunks, forgotten;
    uint64_t unused_packs, unused_bytes, going_packs, going_bytes, unknown_packs, unknown_bytes;
    uint64_t pack_bytes, catalog_bytes, pool_files, pool_bytes, pool_unused_bytes;
    uint64_t tmp_files, tmp_bytes, quarantine_files, quarantine_bytes;
    uint64_t chunk_bytes;                       /* content of all chunks, each once */
    uint64_t duplicate_chunks, duplicate_bytes; /* stored once more, until a collection */
    uint64_t source_bytes;
} holt_stats;
HOLT_API holt_kind holt_store_stats(holt_store* store, holt_stats* stats, holt_status** status);

/* What each of the newest snapshots (64 at most) holds, and what it shares with the others. */
typedef struct holt_sharing {
    size_t size;
    size_t count;
    const holt_snapshot_info* const* snapshots; /* oldest first */
    const uint64_t* content;                    /* bytes of distinct content of each */
    const uint64_t* adds;                       /* of these, what none before it has */
    /* Bytes that snapshots i and j both have: shared[i][j] for j < i. */
    const uint64_t* const* shared;
    uint64_t not_looked_at; /* older snapshots */
} holt_sharing;
typedef void (*holt_sharing_visitor)(void* user, const holt_sharing* sharing);
/* `visit` is called once. */
HOLT_API holt_kind holt_store_sharing(holt_store* store, const holt_call* call,
                                      holt_sharing_visitor visit, void* user, holt_status** status);

#ifdef __cplusplus
}
#endif
#endif
