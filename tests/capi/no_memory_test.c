/* Each operation with each of its allocations failing in turn: no crash, no lock left behind, and
 * either the operation does without or its status says that memory ran out.
 *
 * Run with failing_malloc preloaded. Of an operation with very many allocations every k-th is
 * tried, with another k each time, so that the test ends; HOLT_TEST_ALL=1 tries each one. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <holt/holt.h>
#include <string.h>

#include "check.h"
#include "tree.h"

enum { kEach = 150, kMost = 600 };

typedef long (*fail_at_function)(long nth);
static fail_at_function fail_at;
static const char *work, *source, *store_path;
static holt_store *store;
static holt_key *saved_key, *missed_key;

static int ignore_snapshot(void *user, const holt_snapshot_info *info) {
    (void)user, (void)info;
    return 0;
}

static int ignore_entry(void *user, const holt_entry *entry) {
    (void)user, (void)entry;
    return 0;
}

static int ignore_difference(void *user, const holt_difference *difference) {
    (void)user, (void)difference;
    return 0;
}

static void ignore_found(void *user, const holt_cache_found *found) {
    (void)user, (void)found;
}

static holt_kind open_it(holt_status **status) {
    holt_store *opened = NULL;
    const holt_kind kind = holt_store_open(store_path, NULL, &opened, status);
    CHECK((kind == HOLT_OK) == (opened != NULL));
    holt_store_close(opened);
    return kind;
}

static holt_kind list_it(holt_status **status) {
    return holt_store_list(store, ignore_snapshot, NULL, status);
}

static holt_kind snapshot_it(holt_status **status) {
    holt_snapshot_options how;
    HOLT_INIT(&how);
    how.read_all = 1;
    return holt_store_snapshot(store, source, &how, NULL, NULL, status);
}

static holt_kind restore_it(holt_status **status) {
    const char *out = path_in(work, "out");
    remove_tree(out);
    return holt_store_restore(store, "base", out, NULL, NULL, NULL, status);
}

static holt_kind look_into_it(holt_status **status) {
    holt_snapshot *snapshot = NULL;
    char bytes[512];
    size_t got;
    holt_kind kind = holt_snapshot_open(store, "base", &snapshot, status);
    if (kind != HOLT_OK) return kind;
    kind = holt_snapshot_list(snapshot, "", 1, NULL, ignore_entry, NULL, status);
    if (kind == HOLT_OK)
        kind = holt_snapshot_read_at(snapshot, "lib/code.txt", 100, bytes, sizeof bytes, &got, status);
    holt_snapshot_close(snapshot);
    return kind;
}

static holt_kind diff_it(holt_status **status) {
    return holt_store_diff(store, "base", source, NULL, NULL, ignore_difference, NULL, NULL, status);
}

static holt_kind verify_it(holt_status **status) {
    return holt_store_verify(store, NULL, 0, NULL, NULL, NULL, NULL, NULL, status);
}

static holt_kind export_it(holt_status **status) {
    const char *const snaps[] = {"base"};
    holt_place place;
    holt_export_options how;
    HOLT_INIT(&place);
    HOLT_INIT(&how);
    how.format = HOLT_FORMAT_TAR_ZST;
    place.path = "/dev/null";
    return holt_store_export(store, snaps, 1, &place, &how, NULL, NULL, status);
}

static holt_kind import_it(holt_status **status) {
    holt_place place;
    HOLT_INIT(&place);
    place.path = path_in(work, "base.tar.zst");
    return holt_store_import(store, &place, NULL, NULL, NULL, status);
}

static holt_kind gc_it(holt_status **status) {
    return holt_store_gc(store, NULL, NULL, NULL, status);
}

static holt_kind hash_it(holt_status **status) {
    const char *const files[] = {"app.conf"}, *const globs[] = {"*.txt"}, *const texts[] = {"1"};
    holt_key_options what;
    holt_key *key = NULL;
    HOLT_INIT(&what);
    what.root = source;
    what.files = files;
    what.globs = globs;
    what.texts = texts;
    what.file_count = what.glob_count = what.text_count = 1;
    what.platform = 1;
    const holt_kind kind = holt_key_hash(&what, NULL, &key, status);
    CHECK((kind == HOLT_OK) == (key != NULL));
    holt_key_free(key);
    return kind;
}

static holt_kind look_up_it(holt_status **status) {
    return holt_store_cache_lookup(store, missed_key, NULL, ignore_found, NULL, status);
}

static holt_kind cache_restore_it(holt_status **status) {
    const char *const folders[] = {path_in(work, "cached")};
    remove_tree(folders[0]);
    return holt_store_cache_restore(store, saved_key, folders, 1, NULL, NULL, ignore_found, NULL,
                                    NULL, status);
}

static holt_kind cache_save_it(holt_status **status) {
    holt_cache_save_options how;
    HOLT_INIT(&how);
    how.replace = 1;
    return holt_store_cache_save(store, saved_key, &source, 1, &how, NULL, NULL, status);
}

static int build_nothing(void *user) {
    (void)user;
    return 0;
}

static holt_kind cache_run_it(holt_status **status) {
    const char *const folders[] = {path_in(work, "built")};
    holt_cache_run_options how;
    HOLT_INIT(&how);
    how.missed = ignore_found;
    remove_tree(folders[0]);
    return holt_store_cache_run(store, saved_key, folders, 1, &how, build_nothing, NULL, NULL, NULL,
                                status);
}

static holt_kind relocation_it(holt_status **status) {
    return holt_check_relocation(source, NULL, NULL, NULL, NULL, NULL, status);
}

/* What says that memory ran out, wherever it did. */
static int is_lack_of_memory(const holt_status *status) {
    return holt_status_errno(status) == ENOMEM || strstr(holt_status_message(status), "memory") != NULL;
}

static void try_all(const char *name, holt_kind (*operation)(holt_status **status)) {
    holt_status *status = NULL;
    fail_at(0);
    CHECK(operation(&status) == HOLT_OK);
    const long all = fail_at(0);
    long tried = 0, refused = 0;
    long step = 1;
    for (long nth = 1; nth <= all + 2; nth += step, ++tried) {
        if (nth > kEach && getenv("HOLT_TEST_ALL") == NULL) step = 1 + (all - kEach) / (kMost - kEach);
        status = NULL;
        fail_at(nth);
        const holt_kind kind = operation(&status);
        fail_at(0);
        if (kind == HOLT_OK) {
            CHECK(status == NULL);
            continue;
        }
        ++refused;
        if (kind != holt_status_kind(status) || !is_lack_of_memory(status)) {
            fprintf(stderr, "%s: allocation %ld: %d: %s\n", name, nth, (int)kind,
                    holt_status_message(status));
            exit(1);
        }
        holt_status_free(status);
    }
    /* Nothing stays locked and nothing is broken. */
    CHECK_OK(operation(status));
    CHECK_OK(snapshot_it(status));
    printf("%s: %ld of %ld allocations failed in turn, %ld stopped it\n", name, tried, all, refused);
    fflush(stdout);
}

int main(void) {
    /* A function's address from an object pointer: dlsym is made for it. */
    void *found = dlsym(RTLD_DEFAULT, "holt_test_fail_at");
    CHECK(found != NULL);
    memcpy(&fail_at, &found, sizeof found);
    work = new_folder();
    source = path_in(work, "source");
    store_path = path_in(work, "store");
    make_tree(source);
    CHECK_OK(holt_store_init(store_path, NULL, &store, status));
    holt_snapshot_options how;
    HOLT_INIT(&how);
    how.name = "base";
    CHECK_OK(holt_store_snapshot(store, source, &how, NULL, NULL, status));
    holt_place place;
    HOLT_INIT(&place);
    place.path = path_in(work, "base.tar.zst");
    const char *const snaps[] = {"base"};
    CHECK_OK(holt_store_export(store, snaps, 1, &place, NULL, NULL, NULL, status));
    try_all("open", open_it);
    try_all("list", list_it);
    try_all("look into", look_into_it);
    try_all("snapshot", snapshot_it);
    try_all("restore", restore_it);
    try_all("diff", diff_it);
    try_all("verify", verify_it);
    try_all("export", export_it);
    try_all("import", import_it);
    try_all("gc", gc_it);
    CHECK_OK(holt_key_of_text("saved", &saved_key, status));
    CHECK_OK(holt_key_of_text("missed", &missed_key, status));
    CHECK_OK(cache_save_it(status));
    try_all("hash key", hash_it);
    try_all("cache lookup", look_up_it);
    try_all("cache restore", cache_restore_it);
    try_all("cache save", cache_save_it);
    try_all("cache run", cache_run_it);
    try_all("relocation", relocation_it);
    holt_key_free(saved_key);
    holt_key_free(missed_key);
    CHECK_OK(verify_it(status));
    holt_store_close(store);
    remove_tree(work);
    return 0;
}
