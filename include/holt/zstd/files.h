/* zstd as a filter over descriptors and files: the standard .zst format, and gzip's on the way.
 * What it does in detail stands in holt/zstd.hpp, whose names these are; bytes in memory are in
 * holt/zstd.h. The conventions are those at the top of holt/holt.h. */
#ifndef HOLT_ZSTD_FILES_H
#define HOLT_ZSTD_FILES_H

#include <holt/call.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum holt_zstd_mode {
    HOLT_ZSTD_COMPRESS = 0,
    HOLT_ZSTD_DECOMPRESS = 1,
    HOLT_ZSTD_TEST = 2 /* nothing is written */
} holt_zstd_mode;

/* What compression makes. Decompression finds out what it is given. */
typedef enum holt_zstd_format { HOLT_ZSTD_AS_ZSTD = 0, HOLT_ZSTD_AS_GZIP = 1 } holt_zstd_format;

/* Whether blocks of zeros become holes of the output. */
typedef enum holt_zstd_sparse {
    HOLT_ZSTD_SPARSE_AUTOMATIC = 0, /* when a file is decompressed to a name */
    HOLT_ZSTD_SPARSE_NEVER = 1,
    HOLT_ZSTD_SPARSE_ALWAYS = 2
} holt_zstd_sparse;

typedef struct holt_zstd_options {
    size_t size;
    holt_zstd_mode mode;
    int level;              /* 0: the default */
    int no_checksum;        /* neither write one nor check those that are read */
    uint64_t window_limit;  /* decompression: largest window, bytes; 0: 128 MiB */
    const char* dictionary; /* its path */
    int no_dictionary_id;   /* compression: leave it out of the frame */
    const char* patch_from; /* path of a file that the content resembles, both ways */
    holt_zstd_format format;
    /* Compression: what the level would choose otherwise; 0: as it chooses. */
    unsigned strategy, window_log, hash_log, search_log, target_length;
    holt_zstd_sparse sparse;
    int single_thread;        /* the calling thread does everything, with the same output */
    unsigned long_window_log; /* compression: 10 to 31; 0: the level's own window */
    int state_stream_size;    /* compression: stream_size is the length of what is read */
    uint64_t stream_size;
    int rsyncable;
    int no_content_size; /* compression: leave it out of the frame */
    int pass_through;    /* decompression: what is of no known format is copied as it is */
    int overwrite;       /* replace an existing output */
    int remove_source;   /* holt_zstd_file: remove the input after success */
} holt_zstd_options;

typedef struct holt_zstd_report {
    size_t size;
    uint64_t input_bytes, output_bytes;
} holt_zstd_report;

/* Reads descriptor `in` to its end and writes the result to `out`; neither is closed. The names are
 * for messages. */
HOLT_API holt_kind holt_zstd_stream(int in, const char* in_name, int out, const char* out_name,
                                    const holt_zstd_options* options, const holt_call* call,
                                    holt_zstd_report* report, holt_status** status);
/* The same from a file. */
HOLT_API holt_kind holt_zstd_from_file(const char* input, int out, const char* out_name,
                                       const holt_zstd_options* options, const holt_call* call,
                                       holt_zstd_report* report, holt_status** status);
/* From a descriptor into a file, which appears whole or not at all. */
HOLT_API holt_kind holt_zstd_to_file(int in, const char* in_name, const char* output,
                                     const holt_zstd_options* options, const holt_call* call,
                                     holt_zstd_report* report, holt_status** status);
/* One file into another, which appears whole or not at all. With HOLT_ZSTD_TEST `output` may be
 * NULL. */
HOLT_API holt_kind holt_zstd_file(const char* input, const char* output,
                                  const holt_zstd_options* options, const holt_call* call,
                                  holt_zstd_report* report, holt_status** status);

#ifdef __cplusplus
}
#endif
#endif
