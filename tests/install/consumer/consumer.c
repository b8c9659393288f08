/* consumer STORE: makes a store there, takes a snapshot of a file, and reads it back. */
#include <holt/holt.h>
#include <stdio.h>

static int fail(holt_status *status) {
    fprintf(stderr, "%s\n", holt_status_message(status));
    holt_status_free(status);
    return 1;
}

int main(int argc, char **argv) {
    holt_store *store = NULL;
    holt_snapshot *snapshot = NULL;
    holt_snapshot_options options;
    holt_status *status = NULL;
    char bytes[8];
    size_t got = 0;
    if (argc != 2) return 2;
    if (holt_store_init(argv[1], NULL, &store, &status) != HOLT_OK) return fail(status);
    HOLT_INIT(&options);
    options.name = "self";
    if (holt_store_snapshot(store, argv[0], &options, NULL, NULL, &status) != HOLT_OK)
        return fail(status);
    if (holt_snapshot_open(store, "self", &snapshot, &status) != HOLT_OK) return fail(status);
    const char *slash = argv[0];
    for (const char *at = argv[0]; *at != '\0'; ++at)
        if (*at == '/') slash = at + 1;
    if (holt_snapshot_read_at(snapshot, slash, 1, bytes, 3, &got, &status) != HOLT_OK)
        return fail(status);
    holt_snapshot_close(snapshot);
    holt_store_close(store);
    return got == 3 && bytes[0] == 'E' && bytes[1] == 'L' && bytes[2] == 'F' ? 0 : 1;
}
