/* What moving a folder would mean: every file in it that names the folder's own path. The
 * conventions are those at the top of holt/holt.h. No store is needed. */
#ifndef HOLT_RELOCATION_H
#define HOLT_RELOCATION_H

#include <holt/call.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum holt_relocation_class {
    HOLT_RELOCATION_TEXT = 0,
    HOLT_RELOCATION_SCRIPT = 1, /* begins with "#!" */
    HOLT_RELOCATION_PYC = 2,
    HOLT_RELOCATION_ELF = 3,
    HOLT_RELOCATION_ARCHIVE = 4, /* made by ar */
    HOLT_RELOCATION_SQLITE = 5,
    HOLT_RELOCATION_PICKLE = 6,
    HOLT_RELOCATION_BINARY = 7,
    HOLT_RELOCATION_PACKED = 8, /* zip, jar, wheel, gzip: what is in it is never changed */
    HOLT_RELOCATION_SYMLINK = 9
} holt_relocation_class;

/* One place in a file. It does not grow. */
typedef struct holt_relocation_place {
    uint64_t offset; /* bytes from the file's beginning */
    /* What a restore does there: "fill", "replace", "rewrite", "origin", "cut", or "cannot"
     * (holt/relocation.hpp says what each is). Lives for ever. */
    const char* action;
} holt_relocation_place;

typedef struct holt_relocation_file {
    size_t size;
    const char* path; /* from the folder */
    holt_relocation_class kind;
    const holt_relocation_place* places; /* none for a symlink */
    size_t place_count;
    const char* problem; /* why it cannot be moved, or "" */
} holt_relocation_file;
/* As a visitor, but what it returns is not asked for: all files are told. */
typedef void (*holt_relocation_visitor)(void* user, const holt_relocation_file* file);

typedef struct holt_relocation_options {
    size_t size;
    const char* to; /* the new path; NULL: none in mind */
    int packed;     /* tell also of packed files that hold the path, which stays as it is */
} holt_relocation_options;

typedef struct holt_relocation_report {
    size_t size;
    uint64_t files;    /* that were read */
    uint64_t holding;  /* files and symlinks that name the folder */
    uint64_t places;   /* in them */
    uint64_t cannot;   /* files that cannot be moved to the new path */
    uint64_t left_out; /* files that could not be read, each noted */
} holt_relocation_report;

HOLT_API holt_kind holt_check_relocation(const char* folder, const holt_relocation_options* options,
                                         const holt_call* call, holt_relocation_visitor visit,
                                         void* user, holt_relocation_report* report,
                                         holt_status** status);

#ifdef __cplusplus
}
#endif
#endif
