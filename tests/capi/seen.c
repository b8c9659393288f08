#include "seen.h"

#include "check.h"

int remember(seen *seen, const char *text) {
    if (seen->calls == 0) snprintf(seen->first, sizeof seen->first, "%s", text);
    snprintf(seen->last, sizeof seen->last, "%s", text);
    ++seen->calls;
    return seen->stop_after != 0 && seen->calls >= seen->stop_after;
}

int see_snapshot(void *user, const holt_snapshot_info *info) {
    CHECK(info->size == sizeof *info);
    CHECK(strlen(info->id) == HOLT_ID_SIZE - 1);
    return remember(user, info->name);
}

int see_input(void *user, const holt_key_input *input) {
    CHECK(input->size == sizeof *input && strlen(input->digest) == 64);
    return remember(user, input->name);
}
