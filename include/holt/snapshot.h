/* Looking into snapshots. The conventions are those at the top of holt/holt.h. */
#ifndef HOLT_SNAPSHOT_H
#define HOLT_SNAPSHOT_H

#include <holt/store.h>

#ifdef __cplusplus
extern "C" {
#endif

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
    holt_digest digest; /* of a file's content, or a folder's tree; or none */
    const char* symlink_target;
    const char* hard_link_to; /* the first name of the same inode, or "" */
    const char* left_out;     /* why it was left out, or "" */
    const holt_xattr* xattrs;
    size_t xattr_count;
} holt_entry;
typedef int (*holt_entry_visitor)(void* user, const holt_entry* entry);

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
    /* Times of modification: at or after, at or before. */
    int newer_given, older_given;
    holt_time newer, older;
} holt_find_options;
typedef int (*holt_found_visitor)(void* user, const holt_snapshot_info* info,
                                  const holt_entry* entry);
HOLT_API holt_kind holt_store_find_entries(holt_store* store, const holt_find_options* options,
                                           const holt_call* call, holt_found_visitor visit,
                                           void* user, holt_status** status);

#ifdef __cplusplus
}
#endif
#endif
