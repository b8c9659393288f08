/* gzip as a filter over descriptors and files: RFC 1952, any number of members, on several threads.
 * What it does in detail stands in holt/gzip.hpp, whose names these are. The conventions are those
 * at the top of holt/holt.h. */
#ifndef HOLT_GZIP_H
#define HOLT_GZIP_H

#include <holt/call.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum holt_gzip_mode {
    HOLT_GZIP_COMPRESS = 0,
    HOLT_GZIP_DECOMPRESS = 1,
    HOLT_GZIP_TEST = 2 /* nothing is written */
} holt_gzip_mode;

typedef enum holt_gzip_layout {
    HOLT_GZIP_SINGLE = 0, /* one member */
    HOLT_GZIP_BLOCKS = 1, /* a member for each block, each of which states its length */
    HOLT_GZIP_BGZF = 2    /* as bgzip and htslib have it */
} holt_gzip_layout;

/* What stands behind the last member. */
typedef enum holt_gzip_trailing {
    HOLT_GZIP_NOTHING = 0,
    HOLT_GZIP_ZEROS = 1,
    HOLT_GZIP_GARBAGE = 2
} holt_gzip_trailing;

typedef struct holt_gzip_options {
    size_t size;
    holt_gzip_mode mode;
    int level; /* 0: the default */
    holt_gzip_layout layout;
    int keep_name, keep_time;
    int rsyncable;
    uint64_t output_limit; /* decompression: most bytes of content; 0: no limit */
    int pass_through;      /* decompression: what is no gzip is copied as it is */
    int overwrite;         /* replace an existing output */
    int remove_source;     /* holt_gzip_file: remove the input after success */
    int synchronous;       /* holt_gzip_file: force the output to the disk before returning */
} holt_gzip_options;

/* The first member's header. */
typedef struct holt_gzip_header_info {
    size_t size;
    const char* name; /* as it is stored: may hold slashes; "": none */
    uint32_t mtime;   /* seconds since 1970; 0: none */
    uint64_t bytes;   /* its length, with the trailer's 8 bytes */
} holt_gzip_header_info;
typedef void (*holt_gzip_header_visitor)(void* user, const holt_gzip_header_info* header);

typedef struct holt_gzip_report {
    size_t size;
    uint64_t input_bytes, output_bytes;
    uint64_t members; /* decompression */
    uint32_t crc;     /* decompression: the last member's CRC32 */
    holt_gzip_trailing trailing;
    uint64_t copied_bytes; /* of the output, those that pass_through copied */
} holt_gzip_report;

/* The levels that there are besides 0. */
typedef struct holt_gzip_level_range {
    int min, max, standard;
} holt_gzip_level_range;
HOLT_API holt_gzip_level_range holt_gzip_levels(void);

/* Reads descriptor `in` to its end and writes the result to `out`; neither is closed. The names are
 * for messages. */
HOLT_API holt_kind holt_gzip_stream(int in, const char* in_name, int out, const char* out_name,
                                    const holt_gzip_options* options, const holt_call* call,
                                    holt_gzip_report* report, holt_status** status);
/* The same from a file. */
HOLT_API holt_kind holt_gzip_from_file(const char* input, int out, const char* out_name,
                                       const holt_gzip_options* options, const holt_call* call,
                                       holt_gzip_report* report, holt_status** status);
/* One file into another, which appears whole or not at all. With HOLT_GZIP_TEST `output` may be
 * NULL. */
HOLT_API holt_kind holt_gzip_file(const char* input, const char* output,
                                  const holt_gzip_options* options, const holt_call* call,
                                  holt_gzip_report* report, holt_status** status);
/* Tells of the first header of a compressed file. */
HOLT_API holt_kind holt_gzip_header(const char* path, holt_gzip_header_visitor visit, void* user,
                                    holt_status** status);

/* What a name given to gzip stands for. */
typedef enum holt_gzip_input_kind {
    HOLT_GZIP_INPUT_FILE = 0,
    HOLT_GZIP_INPUT_FOLDER = 1,
    HOLT_GZIP_INPUT_SYMLINK = 2,
    HOLT_GZIP_INPUT_OTHER = 3
} holt_gzip_input_kind;
typedef struct holt_gzip_input {
    size_t size;
    holt_gzip_input_kind kind;
    uint32_t mode;  /* 07777 */
    uint32_t links; /* names that the file has */
    uint64_t bytes;
    holt_time mtime;
} holt_gzip_input;
/* One that is not there is HOLT_FAILED, errno ENOENT. `follow`: what a symlink leads to. */
HOLT_API holt_kind holt_gzip_look(const char* path, int follow, holt_gzip_input* found,
                                  holt_status** status);
typedef int (*holt_gzip_name_visitor)(void* user, const char* name);
/* The names in a folder, sorted. */
HOLT_API holt_kind holt_gzip_names(const char* folder, holt_gzip_name_visitor visit, void* user,
                                   holt_status** status);

#ifdef __cplusplus
}
#endif
#endif
