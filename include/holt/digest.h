/* A 256-bit digest (BLAKE3): the id of a snapshot, and what names content. A value, which may be
 * copied and compared; all bytes zero mean none. The functions may be called from any thread. */
#ifndef HOLT_DIGEST_H
#define HOLT_DIGEST_H

#include <stdint.h>

#include <holt/export.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HOLT_DIGEST_SIZE 32
#define HOLT_DIGEST_HEX_SIZE 65 /* 64 hex digits and a NUL */

typedef struct holt_digest {
    uint8_t bytes[HOLT_DIGEST_SIZE];
} holt_digest;

/* Writes the 64 lower-case hex digits, as b3sum prints them, and a NUL; of none just the NUL. */
HOLT_API void holt_digest_hex(const holt_digest* digest, char hex[HOLT_DIGEST_HEX_SIZE]);
/* The reverse, also of upper-case digits: 1, or 0 when `hex` is not exactly 64 hex digits. */
HOLT_API int holt_digest_from_hex(const char* hex, holt_digest* digest);
/* Less than, equal to or greater than 0, by the order of the bytes. */
HOLT_API int holt_digest_compare(const holt_digest* a, const holt_digest* b);
HOLT_API int holt_digest_is_none(const holt_digest* digest);

#ifdef __cplusplus
}
#endif
#endif
