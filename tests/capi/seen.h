/* Visitors that count and remember what they were told. */
#ifndef HOLT_TESTS_CAPI_SEEN_H
#define HOLT_TESTS_CAPI_SEEN_H

#include <holt/holt.h>

typedef struct seen {
    int calls, stop_after;
    char first[128], last[128];
} seen;

/* Not 0 when it wants no more. */
int remember(seen* seen, const char* text);
int see_snapshot(void* user, const holt_snapshot_info* info); /* its name */
int see_input(void* user, const holt_key_input* input);       /* its name */

/* A digest as a SNAP; good until the next one. */
const char* id_text(const holt_digest* id);

#endif
