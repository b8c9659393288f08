/* Archives: export, import. The conventions are those at the top of holt/holt.h. */
#ifndef HOLT_ARCHIVE_H
#define HOLT_ARCHIVE_H

#include <holt/store.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum holt_format {
    HOLT_FORMAT_BY_NAME = 0, /* by the suffix of the archive's name */
    HOLT_FORMAT_TAR = 1,
    HOLT_FORMAT_TAR_GZ = 2,
    HOLT_FORMAT_TAR_ZST = 3,
    HOLT_FORMAT_ZIP = 4,
    HOLT_FORMAT_HOLT = 5
} holt_format;

/* Gives an archive's bytes: puts up to `room` of them at `bytes` and their number into *got, 0 at
 * the end. Returns 0, or not 0 to fail the operation. */
typedef int (*holt_reader)(void* user, void* bytes, size_t room, size_t* got);

/* Where an archive goes to or comes from: a descriptor, which is not closed, a function of the
 * caller's, or a path. The functions are called from one thread at a time, not always the calling
 * one. */
typedef struct holt_place {
    size_t size;
    const char* path; /* beside one of the others: its name for messages */
    int use_fd;
    int fd;
    holt_writer write; /* export: in place of both */
    holt_reader read;  /* import: in place of both */
    void* user;
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
    holt_digest id; /* of the first snapshot */
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
