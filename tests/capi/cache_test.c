/* The environment cache of holt/cache.h, and what goes with it, called from C11.
 *
 * cache_test    exits with 0, or tells the first thing that is not so. */
#define _GNU_SOURCE
#include <holt/holt.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "seen.h"
#include "tree.h"

static const char *work, *source, *store_path, *lock_file;
static holt_store *store;

static holt_key *key_of_lock_file(void) {
    const char *const files[] = {"lock"}, *const env[] = {"HOLT_CAPI_TEST"};
    const holt_tool tool = {"cc --version", {"cc 1\0x", 6}};
    holt_key_options what;
    holt_key *key = NULL;
    HOLT_INIT(&what);
    what.prefix = "deps-";
    what.root = work;
    what.files = files;
    what.env = env;
    what.tools = &tool;
    what.file_count = what.env_count = what.tool_count = 1;
    what.platform = 1;
    CHECK_OK(holt_key_hash(&what, NULL, &key, status));
    return key;
}

static void a_key_is_hashed_from_what_it_is_given(void) {
    seen inputs = {0, 0, "", ""}, first = {0, 1, "", ""}, none = {0, 0, "", ""};
    holt_key *key = key_of_lock_file(), *again = key_of_lock_file(), *other = NULL;
    CHECK(strncmp(holt_key_text(key), "deps-", 5) == 0 && strlen(holt_key_text(key)) == 5 + 64);
    CHECK(strcmp(holt_key_text(key), holt_key_text(again)) == 0);
    CHECK_OK(holt_key_inputs(key, see_input, &inputs, status));
    CHECK(inputs.calls == 6 && strcmp(inputs.first, "lock") == 0); /* 3 of the platform */
    CHECK_OK(holt_key_inputs(key, see_input, &first, status));
    CHECK(first.calls == 1);
    write_text(lock_file, "two\n");
    other = key_of_lock_file();
    CHECK(strcmp(holt_key_text(key), holt_key_text(other)) != 0);
    write_text(lock_file, "one\n");
    holt_key_free(key);
    holt_key_free(again);
    holt_key_free(other);
    holt_key_free(NULL);
    CHECK_OK(holt_key_of_text("mine", &key, status));
    CHECK_OK(holt_key_inputs(key, see_input, &none, status));
    CHECK(strcmp(holt_key_text(key), "mine") == 0 && none.calls == 0);
    holt_key_free(key);
    /* A file that is missing is no miss; nothing is no key. */
    const char *const missing[] = {"missing"};
    holt_key_options what;
    HOLT_INIT(&what);
    CHECK(holt_key_hash(&what, NULL, &key, NULL) == HOLT_USAGE && key == NULL);
    what.root = work;
    what.files = missing;
    what.file_count = 1;
    CHECK(holt_key_hash(&what, NULL, &key, NULL) == HOLT_FAILED);
}

typedef struct found {
    holt_cache_match match;
    int calls, has_snapshot, has_nearest, evicted;
    char changed[64];
} found;

static void see_found(void *user, const holt_cache_found *told) {
    found *here = user;
    CHECK(told->size == sizeof *told);
    here->match = told->match;
    here->has_snapshot = told->snapshot != NULL;
    here->has_nearest = told->nearest != NULL;
    here->evicted = told->evicted;
    here->changed[0] = '\0';
    for (size_t i = 0; i < told->change_count; ++i)
        if (told->changes[i]->how == HOLT_KEY_CHANGED)
            snprintf(here->changed, sizeof here->changed, "%s", told->changes[i]->input->name);
    ++here->calls;
}

static void what_was_saved_comes_back_and_a_miss_says_why(void) {
    const char *const out[] = {path_in(work, "out")}, *const prefixes[] = {"deps-"};
    holt_key *key = key_of_lock_file(), *changed = NULL;
    holt_cache_save_options how;
    holt_cache_save_report saved;
    holt_cache_restore_report restored;
    holt_cache_restore_options restoring;
    holt_restore_options copy;
    holt_cache_query query;
    found what = {HOLT_MATCH_NONE, 0, 0, 0, 0, ""};
    HOLT_INIT(&how);
    HOLT_INIT(&saved);
    HOLT_INIT(&restored);
    HOLT_INIT(&restoring);
    HOLT_INIT(&copy);
    HOLT_INIT(&query);
    CHECK_OK(holt_store_cache_lookup(store, key, NULL, see_found, &what, status));
    CHECK(what.calls == 1 && what.match == HOLT_MATCH_NONE && !what.has_snapshot);
    how.build_time_known = 1;
    how.build_time_ms = 60000;
    CHECK_OK(holt_store_remember_key(store, key, status));
    CHECK_OK(holt_store_cache_save(store, key, &source, 1, &how, NULL, &saved, status));
    CHECK(saved.outcome == HOLT_CACHE_SAVED && saved.files == 2 && !holt_digest_is_none(&saved.id));
    CHECK_OK(holt_store_cache_save(store, key, &source, 1, &how, NULL, &saved, status));
    CHECK(saved.outcome == HOLT_CACHE_ALREADY);

    copy.link = HOLT_LINK_COPY;
    restoring.restore = &copy;
    CHECK_OK(holt_store_cache_restore(store, key, out, 1, &restoring, NULL, see_found, &what,
                                      &restored, status));
    CHECK(what.match == HOLT_MATCH_EXACT && restored.match == HOLT_MATCH_EXACT);
    CHECK(restored.files == 2 && restored.folders == 1 && restored.files_linked == 0);
    CHECK(holt_digest_compare(&restored.id, &saved.id) == 0 && restored.saved_known);
    CHECK(has_text(path_in(work, "out/app.conf"), "port=1\n"));

    /* Another lock file: what is nearest, and what changed. */
    write_text(lock_file, "two\n");
    changed = key_of_lock_file();
    CHECK_OK(holt_store_cache_restore(store, changed, out, 1, NULL, NULL, see_found, &what,
                                      &restored, status));
    CHECK(restored.match == HOLT_MATCH_NONE && restored.folders == 0 && what.has_nearest);
    CHECK(strcmp(what.changed, "lock") == 0);
    query.restore_keys = prefixes;
    query.restore_key_count = 1;
    CHECK_OK(holt_store_cache_lookup(store, changed, &query, see_found, &what, status));
    CHECK(what.match == HOLT_MATCH_PARTIAL && what.has_snapshot);
    seen inputs = {0, 0, "", ""};
    CHECK_OK(holt_store_key_inputs(store, holt_key_text(key), NULL, 0, see_input, &inputs, status));
    CHECK(inputs.calls == 6);
    CHECK(holt_store_key_inputs(store, "none", NULL, 0, see_input, &inputs, NULL) == HOLT_NOT_FOUND);
    write_text(lock_file, "one\n");
    holt_key_free(key);
    holt_key_free(changed);
}

typedef struct builder {
    int builds, result;
    const char *folder;
    found missed;
} builder;

static int build(void *user) {
    builder *here = user;
    ++here->builds;
    if (here->result == 0 && !exists(here->folder)) make_tree(here->folder);
    return here->result;
}

static void see_miss(void *user, const holt_cache_found *told) {
    see_found(&((builder *)user)->missed, told);
}

static void what_is_missing_is_built_once(void) {
    const char *const folders[] = {path_in(work, "built")};
    builder here = {0, 7, folders[0], {HOLT_MATCH_NONE, 0, 0, 0, 0, ""}};
    holt_key *key = NULL;
    holt_cache_run_options how;
    holt_cache_run_report report;
    HOLT_INIT(&how);
    HOLT_INIT(&report);
    how.missed = see_miss;
    CHECK_OK(holt_key_of_text("build/1", &key, status));
    /* A build that fails is told, and nothing is saved. */
    CHECK_OK(holt_store_cache_run(store, key, folders, 1, &how, build, &here, NULL, &report, status));
    CHECK(report.built && report.build_result == 7 && !report.saved && holt_digest_is_none(&report.id));
    CHECK(here.builds == 1 && here.missed.calls == 1);
    here.result = 0;
    CHECK_OK(holt_store_cache_run(store, key, folders, 1, &how, build, &here, NULL, &report, status));
    CHECK(report.built && report.build_result == 0 && report.saved && here.builds == 2);
    CHECK(report.outcome == HOLT_CACHE_SAVED && report.files == 2 && !holt_digest_is_none(&report.id));
    remove_tree(folders[0]);
    CHECK_OK(holt_store_cache_run(store, key, folders, 1, &how, build, &here, NULL, &report, status));
    CHECK(!report.built && report.match == HOLT_MATCH_EXACT && here.builds == 2);
    CHECK(has_text(path_in(folders[0], "app.conf"), "port=1\n"));
    holt_key_free(key);
}

static int see_day(void *user, const holt_cache_day *day) {
    CHECK(day->hits > 0 && day->saves > 0);
    ++*(int *)user;
    return 0;
}

static int see_eviction(void *user, const holt_cache_eviction *eviction) {
    CHECK(strcmp(eviction->key, "build/1") == 0 && strcmp(eviction->scope, "main") == 0);
    ++*(int *)user;
    return 0;
}

static void entries_are_evicted_and_counted(void) {
    const char *const keys[] = {"build/1"};
    holt_cache_evict_options which;
    holt_key *key = NULL;
    found what = {HOLT_MATCH_NONE, 0, 0, 0, 0, ""};
    seen gone = {0, 0, "", ""};
    int told = 0;
    uint64_t count = 0;
    HOLT_INIT(&which);
    which.keys = keys;
    which.key_count = 1;
    CHECK_OK(holt_store_cache_stats(store, NULL, NULL, NULL, &count, status));
    CHECK(count == 2);
    CHECK_OK(holt_store_cache_evict(store, &which, see_snapshot, &gone, &count, status));
    CHECK(count == 1 && gone.calls == 1);
    CHECK_OK(holt_key_of_text("build/1", &key, status));
    CHECK_OK(holt_store_cache_lookup(store, key, NULL, see_found, &what, status));
    CHECK(what.match == HOLT_MATCH_NONE && what.evicted);
    holt_key_free(key);
    CHECK_OK(holt_store_cache_stats(store, see_day, see_eviction, &told, &count, status));
    CHECK(count == 1 && told == 2);
}

static void see_relocated(void *user, const holt_relocation_file *file) {
    CHECK(file->size == sizeof *file && file->problem[0] == '\0');
    CHECK(file->kind == HOLT_RELOCATION_TEXT && file->place_count == 1);
    CHECK(file->places[0].offset == 5 && strcmp(file->places[0].action, "replace") == 0);
    remember(user, file->path);
}

static void a_folder_moves_with_its_path(void) {
    const char *app = path_in(work, "app");
    char text[512], moved_text[512];
    holt_relocation_options moving;
    holt_relocation_report checked;
    holt_snapshot_options how;
    holt_snapshot_report taken;
    holt_restore_options restoring;
    holt_restore_report restored;
    seen files = {0, 0, "", ""};
    HOLT_INIT(&moving);
    HOLT_INIT(&checked);
    HOLT_INIT(&how);
    HOLT_INIT(&taken);
    HOLT_INIT(&restoring);
    HOLT_INIT(&restored);
    make_tree(app);
    snprintf(text, sizeof text, "root=%s\n", app);
    write_text(path_in(app, "where.conf"), text);
    moving.to = path_in(work, "moved-app");
    CHECK_OK(holt_check_relocation(app, &moving, NULL, see_relocated, &files, &checked, status));
    CHECK(files.calls == 1 && strcmp(files.last, "where.conf") == 0);
    CHECK(checked.holding == 1 && checked.places == 1 && checked.cannot == 0);

    how.relocatable = 1;
    CHECK_OK(holt_store_snapshot(store, app, &how, NULL, &taken, status));
    CHECK_OK(holt_store_restore(store, id_text(&taken.id), moving.to, NULL, NULL, &restored, status));
    snprintf(moved_text, sizeof moved_text, "root=%s\n", moving.to);
    CHECK(restored.relocated && has_text(path_in(moving.to, "where.conf"), moved_text));
    restoring.without_relocation = 1;
    CHECK_OK(holt_store_restore(store, id_text(&taken.id), path_in(work, "as-it-was"), &restoring, NULL,
                                &restored, status));
    CHECK(!restored.relocated && has_text(path_in(work, "as-it-was/where.conf"), text));
}

static void what_cannot_be_moved_is_left_where_that_is_asked_for(void) {
    const char *const leave[] = {"*.bin"};
    const char *tool = path_in(work, "tool"), *longer = path_in(work, "a-much-longer-name");
    holt_snapshot_options how;
    holt_snapshot_report taken;
    holt_restore_options restoring;
    FILE *file;
    HOLT_INIT(&how);
    HOLT_INIT(&taken);
    HOLT_INIT(&restoring);
    make_tree(tool);
    /* A string between NULs has no room for a longer path. */
    file = fopen(path_in(tool, "table.bin"), "w");
    CHECK(file != NULL && fprintf(file, "%c%c%s/lib%cnext%c", 1, 0, tool, 0, 0) > 0);
    CHECK(fclose(file) == 0);
    how.relocatable = 1;
    CHECK_OK(holt_store_snapshot(store, tool, &how, NULL, &taken, status));
    CHECK(holt_store_restore(store, id_text(&taken.id), longer, NULL, NULL, NULL, NULL) == HOLT_UNSAFE_INPUT);
    restoring.leave = leave;
    restoring.leave_count = 1;
    CHECK_OK(holt_store_restore(store, id_text(&taken.id), longer, &restoring, NULL, NULL, status));
    CHECK(exists(path_in(longer, "table.bin")));
}

static void a_store_is_shared_by_a_group(void) {
    holt_init_options how;
    holt_store *shared = NULL;
    char group[32];
    int is_shared = 0;
    HOLT_INIT(&how);
    snprintf(group, sizeof group, "%u", (unsigned)getegid());
    how.shared_group = group;
    CHECK_OK(holt_store_init(path_in(work, "shared"), &how, &shared, status));
    CHECK_OK(holt_store_is_shared_by(shared, group, &is_shared, status));
    CHECK(is_shared);
    CHECK_OK(holt_store_is_shared_by(store, group, &is_shared, status));
    CHECK(!is_shared);
    holt_store_close(shared);
    how.shared_group = "no such group";
    CHECK(holt_store_init(path_in(work, "none"), &how, &shared, NULL) != HOLT_OK);
    CHECK(shared == NULL);
}

int main(void) {
    work = new_folder();
    source = path_in(work, "source");
    store_path = path_in(work, "store");
    lock_file = path_in(work, "lock");
    make_tree(source);
    write_text(lock_file, "one\n");
    CHECK_OK(holt_store_init(store_path, NULL, &store, status));
    a_key_is_hashed_from_what_it_is_given();
    what_was_saved_comes_back_and_a_miss_says_why();
    what_is_missing_is_built_once();
    entries_are_evicted_and_counted();
    a_folder_moves_with_its_path();
    what_cannot_be_moved_is_left_where_that_is_asked_for();
    a_store_is_shared_by_a_group();
    holt_store_close(store);
    remove_tree(work);
    return 0;
}
