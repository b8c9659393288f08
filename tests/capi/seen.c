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
    CHECK(!holt_digest_is_none(&info->id));
    return remember(user, info->name);
}

int see_input(void *user, const holt_key_input *input) {
    CHECK(input->size == sizeof *input && !holt_digest_is_none(&input->digest));
    return remember(user, input->name);
}

const char *id_text(const holt_digest *id) {
    static char hex[HOLT_DIGEST_HEX_SIZE];
    holt_digest_hex(id, hex);
    return hex;
}
