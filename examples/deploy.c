/* A deployment agent: puts a release in place, checks it, and puts back what stood there when the
 * check fails.
 *
 * deploy STORE RELEASE TARGET CHECK    CHECK is a command for the shell
 *
 * The exit code is 0 after a deployment, 1 after a rollback, 2 when something failed. */
#include <holt/holt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Shows what went wrong and what to do; the exit code. */
static int tell(const char *what, holt_status *status) {
    fprintf(stderr, "deploy: %s: %s\n", what, holt_status_message(status));
    if (holt_status_advice_code(status) == HOLT_ADVICE_MAKE_STORE)
        fprintf(stderr, "deploy: is the store mounted?\n");
    holt_status_free(status);
    return 2;
}

static void show_note(void *user, holt_severity severity, const holt_status *about, uint64_t count) {
    (void)user;
    if (severity == HOLT_INFO) return;
    fprintf(stderr, "deploy: %s (%llu)\n", holt_status_message(about), (unsigned long long)count);
}

/* A whole new tree in one step: nobody sees half of one. */
static holt_kind put(holt_store *store, const char *snap, const char *target,
                     const holt_call *call, holt_status **status) {
    holt_restore_options options;
    holt_restore_report report;
    struct stat there;
    HOLT_INIT(&options);
    HOLT_INIT(&report);
    options.durable = 1;
    if (stat(target, &there) == 0) options.atomic = options.force = options.remove_extra = 1;
    return holt_store_restore(store, snap, target, &options, call, &report, status);
}

int main(int argc, char **argv) {
    holt_store *store = NULL;
    holt_status *status = NULL;
    holt_call call;
    holt_snapshot_report before;
    struct stat there;
    int code = 0;
    if (argc != 5) {
        fprintf(stderr, "usage: deploy STORE RELEASE TARGET CHECK\n");
        return 2;
    }
    const char *release = argv[2], *target = argv[3], *check = argv[4];
    HOLT_INIT(&call);
    HOLT_INIT(&before);
    call.note = show_note;
    if (holt_store_open(argv[1], NULL, &store, &status) != HOLT_OK) return tell(argv[1], status);

    const int replaces = stat(target, &there) == 0;
    if (replaces && holt_store_snapshot(store, target, NULL, &call, &before, &status) != HOLT_OK) {
        code = tell("keep what is there", status);
    } else if (put(store, release, target, &call, &status) != HOLT_OK) {
        code = tell(release, status);
    } else if (system(check) != 0) {
        fprintf(stderr, "deploy: %s does not pass its check: rolled back\n", release);
        code = 1;
        char id[HOLT_DIGEST_HEX_SIZE];
        holt_digest_hex(&before.id, id);
        if (replaces && put(store, id, target, &call, &status) != HOLT_OK)
            code = tell("roll back", status);
    }
    holt_store_close(store);
    return code;
}
