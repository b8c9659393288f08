/* The zstd codec for bytes in memory, for C: what libholt_zstd holds, and libholt as well. The
 * frames are the standard ones (RFC 8878). The conventions are those at the top of holt/holt.h;
 * failures are reported as holt/status.h says. */
#ifndef HOLT_ZSTD_H
#define HOLT_ZSTD_H

#include <holt/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The levels that there are: min to max, and up to ultra with memory to match. */
typedef struct holt_zstd_level_range {
    int min, max, standard, ultra;
} holt_zstd_level_range;
HOLT_API holt_zstd_level_range holt_zstd_levels(void);

/* The most bytes that a frame of so many bytes of content can have. */
HOLT_API size_t holt_zstd_compress_bound(size_t size);

/* One frame, with a checksum; its length goes to *written. Level 0 is the default. */
HOLT_API holt_kind holt_zstd_compress(const void* content, size_t content_size, void* frame,
                                      size_t frame_room, int level, size_t* written,
                                      holt_status** status);

/* The content of all frames, one behind the other; its length goes to *written. */
HOLT_API holt_kind holt_zstd_decompress(const void* frames, size_t frames_size, void* content,
                                        size_t content_room, size_t* written, holt_status** status);

/* What the first frame states of its content's size, which is not to be trusted. *stated is 0
 * where it states none. */
HOLT_API holt_kind holt_zstd_content_size(const void* frames, size_t frames_size, int* stated,
                                          uint64_t* size, holt_status** status);

/* A step of a stream: input and output, and how far it came. */
typedef struct holt_zstd_step {
    const void* input;
    size_t input_size;
    size_t consumed; /* set by the step */
    void* output;
    size_t output_room;
    size_t produced; /* set by the step */
    int done;        /* set by the step; see below */
} holt_zstd_step;

typedef struct holt_zstd_compressor holt_zstd_compressor;
typedef enum holt_zstd_flush {
    HOLT_ZSTD_MORE = 0,  /* there is more to come */
    HOLT_ZSTD_BLOCK = 1, /* write out what there is: again until done */
    HOLT_ZSTD_END = 2    /* end the frame: again until done */
} holt_zstd_flush;
HOLT_API holt_kind holt_zstd_compressor_new(int level, holt_zstd_compressor** compressor,
                                            holt_status** status);
HOLT_API holt_kind holt_zstd_compressor_run(holt_zstd_compressor* compressor, holt_zstd_step* step,
                                            holt_zstd_flush flush, holt_status** status);
HOLT_API void holt_zstd_compressor_free(holt_zstd_compressor* compressor);

/* `done` says that a frame ended here: only there may the input end. An output that was filled may
 * have more to come: call again, without input if there is none. */
typedef struct holt_zstd_decompressor holt_zstd_decompressor;
/* `window_limit`: bytes; 0: 128 MiB. */
HOLT_API holt_kind holt_zstd_decompressor_new(uint64_t window_limit,
                                              holt_zstd_decompressor** decompressor,
                                              holt_status** status);
HOLT_API holt_kind holt_zstd_decompressor_run(holt_zstd_decompressor* decompressor,
                                              holt_zstd_step* step, holt_status** status);
HOLT_API void holt_zstd_decompressor_free(holt_zstd_decompressor* decompressor);

#ifdef __cplusplus
}
#endif
#endif
