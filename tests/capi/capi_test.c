/* Every function of holt.h, called from C11: what it does, and what it says when it cannot.
 *
 * capi_test    exits with 0, or tells the first thing that is not so. */
#define _GNU_SOURCE
#include <holt/holt.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "seen.h"
#include "tree.h"

static const char *work, *source, *store_path;

/* ---- Callbacks ---- */

static int see_entry(void *user, const holt_entry *entry) {
    return remember(user, entry->path);
}

static int see_found(void *user, const holt_snapshot_info *info, const holt_entry *entry) {
    CHECK(info->files > 0);
    return remember(user, entry->path);
}

static int see_difference(void *user, const holt_difference *difference) {
    return remember(user, difference->path);
}

static int see_damage(void *user, const holt_damage *damage) {
    return remember(user, holt_status_message(damage->what));
}

static int see_decision(void *user, const holt_decision *decision) {
    CHECK(decision->reason_count > 0);
    return remember(user, decision->keep ? "keep" : decision->snapshot->name);
}

static void count_progress(void *user, const holt_progress *progress) {
    CHECK(progress->stage[0] != '\0');
    ++*(int *)user;
}

static int always(void *user) {
    (void)user;
    return 1;
}

/* ---- An archive in memory ---- */

typedef struct memory {
    char bytes[1 << 20];
    size_t size;
} memory;
static memory archive;

static int put(void *user, const void *bytes, size_t size) {
    memory *to = user;
    if (size > sizeof to->bytes - to->size) return 1;
    memcpy(to->bytes + to->size, bytes, size);
    to->size += size;
    return 0;
}

static int refuse(void *user, const void *bytes, size_t size) {
    (void)user, (void)bytes, (void)size;
    return 1;
}

/* ---- The tests, each on what those before it left ---- */

static holt_store *open_store(void) {
    holt_store *store = NULL;
    CHECK_OK(holt_store_open(store_path, NULL, &store, status));
    return store;
}

static void failures_say_what_to_do(void) {
    holt_store *store = (holt_store *)&work;
    holt_status *status = NULL;
    CHECK(holt_store_open(path_in(work, "nowhere"), NULL, &store, &status) == HOLT_NO_STORE);
    CHECK(store == NULL);
    CHECK(holt_status_kind(status) == HOLT_NO_STORE);
    CHECK(holt_status_advice_code(status) == HOLT_ADVICE_MAKE_STORE);
    CHECK(strstr(holt_status_advice(status), "--") == NULL);
    CHECK(strstr(holt_status_message(status), "nowhere") != NULL);
    CHECK(strstr(holt_status_object(status), "nowhere") != NULL);
    CHECK(strcmp(holt_kind_name(holt_status_kind(status)), "no-store") == 0);
    holt_status_free(status);
    /* Nobody has to want the details. */
    CHECK(holt_store_open(path_in(work, "nowhere"), NULL, &store, NULL) == HOLT_NO_STORE);
    CHECK(holt_status_kind(NULL) == HOLT_OK && holt_status_message(NULL)[0] == '\0');
    holt_status_free(NULL);
}

static void structs_carry_their_size(void) {
    holt_store *store = NULL;
    holt_status *status = NULL;
    struct {
        holt_open_options known;
        int later;
    } newer;
    memset(&newer, 0, sizeof newer);
    CHECK(holt_store_open(store_path, &newer.known, &store, &status) == HOLT_USAGE);
    holt_status_free(status);
    newer.known.size = sizeof newer;
    CHECK_OK(holt_store_open(store_path, &newer.known, &store, status));
    holt_store_close(store);
    newer.later = 1; /* an option that this version cannot know */
    CHECK(holt_store_open(store_path, &newer.known, &store, &status) == HOLT_USAGE);
    holt_status_free(status);
    /* A report of an older caller is written as far as it goes. */
    store = open_store();
    holt_stats stats;
    memset(&stats, 0x55, sizeof stats);
    stats.size = offsetof(holt_stats, packs);
    CHECK_OK(holt_store_stats(store, &stats, status));
    CHECK(stats.snapshots == 0 && stats.packs == 0x5555555555555555u);
    holt_store_close(store);
}

static void a_tree_comes_back(void) {
    const holt_tag tag = {"branch", "main"};
    holt_snapshot_options how;
    holt_snapshot_report taken;
    holt_restore_report restored;
    holt_call call;
    int calls = 0;
    holt_store *store = open_store();
    HOLT_INIT(&how);
    HOLT_INIT(&taken);
    HOLT_INIT(&restored);
    HOLT_INIT(&call);
    call.user = &calls;
    call.progress = count_progress;
    call.threads = 2;
    how.name = "one";
    how.key = "app/1";
    how.tags = &tag;
    how.tag_count = 1;
    CHECK_OK(holt_store_snapshot(store, source, &how, &call, &taken, status));
    CHECK(!holt_digest_is_none(&taken.id) && taken.files == 2 && taken.symlinks == 1);
    CHECK(calls > 0);
    CHECK_OK(holt_store_restore(store, "one", path_in(work, "out"), NULL, NULL, &restored, status));
    /* Its id is a value: text and back. */
    holt_digest again, none = {{0}};
    CHECK(strlen(id_text(&taken.id)) == HOLT_DIGEST_HEX_SIZE - 1);
    CHECK(holt_digest_from_hex(id_text(&taken.id), &again) == 1);
    CHECK(holt_digest_compare(&again, &taken.id) == 0 && holt_digest_compare(&none, &again) < 0);
    CHECK(holt_digest_is_none(&none) && strcmp(id_text(&none), "") == 0);
    CHECK(holt_digest_from_hex("12", &again) == 0 && holt_digest_from_hex(NULL, &again) == 0);
    CHECK(holt_digest_compare(&restored.id, &taken.id) == 0 && restored.files == 2);
    CHECK(has_text(path_in(work, "out/app.conf"), "port=1\n"));
    /* The name is taken now, which has a code of its own. */
    holt_status *status = NULL;
    CHECK(holt_store_snapshot(store, source, &how, NULL, NULL, &status) == HOLT_USAGE);
    CHECK(holt_status_advice_code(status) == HOLT_ADVICE_CHOOSE_NAME);
    holt_status_free(status);
    holt_store_close(store);
}

static void who_cancels_is_heard(void) {
    holt_store *store = open_store();
    holt_cancel *cancel = NULL;
    holt_call call;
    HOLT_INIT(&call);
    CHECK_OK(holt_cancel_new(&cancel, status));
    call.cancel = cancel;
    holt_cancel_request(cancel);
    CHECK(holt_cancel_requested(cancel));
    CHECK(holt_store_snapshot(store, source, NULL, &call, NULL, NULL) == HOLT_CANCELLED);
    holt_cancel_free(cancel);
    call.cancel = NULL;
    call.cancelled = always;
    CHECK(holt_store_verify(store, NULL, 0, NULL, &call, NULL, NULL, NULL, NULL) == HOLT_CANCELLED);
    holt_store_close(store);
}

static void snapshots_are_listed_and_labelled(void) {
    holt_store *store = open_store();
    holt_tag_options label;
    holt_snapshot_options how;
    seen all = {0, 0, "", ""}, first = {0, 1, "", ""}, one = {0, 0, "", ""};
    HOLT_INIT(&how);
    how.name = "two";
    CHECK_OK(holt_store_snapshot(store, source, &how, NULL, NULL, status));
    CHECK_OK(holt_store_list(store, see_snapshot, &all, status));
    CHECK(all.calls == 2 && strcmp(all.first, "one") == 0 && strcmp(all.last, "two") == 0);
    CHECK_OK(holt_store_list(store, see_snapshot, &first, status));
    CHECK(first.calls == 1);
    HOLT_INIT(&label);
    label.name = "second";
    CHECK_OK(holt_store_tag(store, "two", &label, status));
    CHECK_OK(holt_store_find(store, "latest", see_snapshot, &one, status));
    CHECK(strcmp(one.last, "second") == 0);
    CHECK(holt_store_find(store, "two", see_snapshot, &one, NULL) == HOLT_NOT_FOUND);
    holt_store_close(store);
}

static void snapshots_are_looked_into(void) {
    holt_store *store = open_store();
    holt_snapshot *snapshot = NULL;
    seen top = {0, 0, "", ""}, below = {0, 0, "", ""}, stopped = {0, 2, "", ""};
    seen entry = {0, 0, "", ""}, found = {0, 0, "", ""};
    char bytes[64];
    size_t got = 0;
    CHECK_OK(holt_snapshot_open(store, "key:app/1", &snapshot, status));
    CHECK(strcmp(holt_snapshot_get_info(snapshot)->name, "one") == 0);
    CHECK(holt_snapshot_get_info(snapshot)->tag_count == 1);
    CHECK(strcmp(holt_snapshot_get_info(snapshot)->tags[0].value, "main") == 0);
    CHECK_OK(holt_snapshot_list(snapshot, "", 0, NULL, see_entry, &top, status));
    CHECK(top.calls == 3);
    CHECK_OK(holt_snapshot_list(snapshot, "", 1, NULL, see_entry, &below, status));
    CHECK(below.calls == 5 && strcmp(below.last, "lib/link") == 0);
    CHECK_OK(holt_snapshot_list(snapshot, "", 1, NULL, see_entry, &stopped, status));
    CHECK(stopped.calls == 2);
    CHECK_OK(holt_snapshot_stat(snapshot, "/lib//code.txt", see_entry, &entry, status));
    CHECK(strcmp(entry.last, "lib/code.txt") == 0);
    CHECK(holt_snapshot_stat(snapshot, "lib/none", see_entry, &entry, NULL) == HOLT_NOT_FOUND);
    CHECK_OK(holt_snapshot_read_at(snapshot, "app.conf", 2, bytes, 3, &got, status));
    CHECK(got == 3 && memcmp(bytes, "rt=", 3) == 0);
    CHECK_OK(holt_snapshot_read_at(snapshot, "lib/code.txt", 39990, bytes, 64, &got, status));
    CHECK(got == 10 && bytes[0] == (char)('a' + (size_t)39990 * 39990 % 26));
    CHECK_OK(holt_snapshot_read_at(snapshot, "app.conf", 7, bytes, 64, &got, status));
    CHECK(got == 0);
    CHECK(holt_snapshot_read_at(snapshot, "lib", 0, bytes, 64, &got, NULL) == HOLT_USAGE);
    archive.size = 0;
    CHECK_OK(holt_snapshot_cat(snapshot, "app.conf", put, &archive, status));
    CHECK(archive.size == 7 && memcmp(archive.bytes, "port=1\n", 7) == 0);
    CHECK(holt_snapshot_cat(snapshot, "app.conf", refuse, NULL, NULL) == HOLT_FAILED);
    holt_find_options what;
    HOLT_INIT(&what);
    what.glob = "*.txt";
    CHECK_OK(holt_store_find_entries(store, &what, NULL, see_found, &found, status));
    CHECK(found.calls == 1 && strcmp(found.last, "lib/code.txt") == 0);
    holt_store_close(store); /* an open snapshot does not need it */
    CHECK_OK(holt_snapshot_read_at(snapshot, "app.conf", 0, bytes, 64, &got, status));
    CHECK(got == 7);
    holt_snapshot_close(snapshot);
    holt_snapshot_close(NULL);
}

static void differences_are_told(void) {
    holt_store *store = open_store();
    holt_diff_report report;
    seen changed = {0, 0, "", ""}, none = {0, 0, "", ""};
    HOLT_INIT(&report);
    write_text(path_in(work, "out/app.conf"), "port=2\n");
    CHECK_OK(holt_store_diff(store, "one", path_in(work, "out"), NULL, NULL, see_difference,
                             &changed, &report, status));
    CHECK(changed.calls == 1 && report.changed == 1 && strcmp(changed.last, "app.conf") == 0);
    CHECK_OK(holt_store_verify_folder(store, path_in(work, "out"), NULL, NULL, see_difference,
                                      &changed, &report, status));
    CHECK(changed.calls == 2 && report.changed == 1);
    /* A restore in place mends what was changed. */
    CHECK_OK(holt_store_restore(store, "one", path_in(work, "out"), NULL, NULL, NULL, status));
    CHECK_OK(holt_store_diff(store, "one", path_in(work, "out"), NULL, NULL, see_difference, &none,
                             &report, status));
    CHECK(none.calls == 0 && report.changed == 0 && report.same == 5);
    holt_store_close(store);
}

static void archives_go_through_files_and_descriptors(void) {
    const char *const snaps[] = {"one"};
    holt_store *store = open_store(), *other = NULL;
    holt_export_options how;
    holt_export_report out;
    holt_import_report in;
    holt_place place;
    const holt_format formats[] = {HOLT_FORMAT_TAR, HOLT_FORMAT_TAR_GZ, HOLT_FORMAT_TAR_ZST,
                                   HOLT_FORMAT_ZIP, HOLT_FORMAT_HOLT};
    CHECK_OK(holt_store_init(path_in(work, "other"), NULL, &other, status));
    for (size_t i = 0; i < sizeof formats / sizeof *formats; ++i) {
        FILE *file = tmpfile();
        CHECK(file != NULL);
        HOLT_INIT(&how);
        HOLT_INIT(&out);
        HOLT_INIT(&in);
        HOLT_INIT(&place);
        how.format = formats[i];
        place.use_fd = 1;
        place.fd = fileno(file);
        CHECK_OK(holt_store_export(store, snaps, 1, &place, &how, NULL, &out, status));
        CHECK(out.files == 2 && out.archive_bytes == (uint64_t)lseek(place.fd, 0, SEEK_CUR));
        CHECK(lseek(place.fd, 0, SEEK_SET) == 0);
        CHECK_OK(holt_store_import(other, &place, NULL, NULL, &in, status));
        CHECK(in.snapshots == 1 && in.archive_bytes == out.archive_bytes && !holt_digest_is_none(&in.id));
        CHECK_OK(holt_store_restore(other, id_text(&in.id), path_in(work, "imported"), NULL, NULL, NULL,
                                    status));
        CHECK(has_text(path_in(work, "imported/app.conf"), "port=1\n"));
        remove_tree(path_in(work, "imported"));
        /* Half of it is refused. */
        CHECK(ftruncate(place.fd, (off_t)(out.archive_bytes / 2)) == 0);
        CHECK(lseek(place.fd, 0, SEEK_SET) == 0);
        CHECK(holt_store_import(other, &place, NULL, NULL, NULL, NULL) != HOLT_OK);
        fclose(file);
    }
    HOLT_INIT(&place);
    place.path = path_in(work, "one.tar.zst");
    CHECK_OK(holt_store_export(store, snaps, 1, &place, NULL, NULL, NULL, status));
    CHECK(holt_store_export(store, snaps, 1, &place, NULL, NULL, NULL, NULL) == HOLT_FAILED);
    CHECK_OK(holt_restore_archive(&place, path_in(work, "direct"), NULL, NULL, NULL, NULL, status));
    CHECK(has_text(path_in(work, "direct/app.conf"), "port=1\n"));
    holt_store_close(store);
    holt_store_close(other);
}

static void stores_are_kept(void) {
    const char *const snaps[] = {"second"};
    holt_store *store = open_store();
    holt_forget_options rules;
    holt_gc_report collected;
    holt_verify_report verified;
    holt_repair_report repaired;
    holt_stats stats;
    seen decided = {0, 0, "", ""}, back = {0, 0, "", ""}, damage = {0, 0, "", ""};
    holt_verify_options share;
    holt_repair_options mend;
    uint64_t forgotten = 0;
    HOLT_INIT(&share);
    HOLT_INIT(&mend);
    HOLT_INIT(&rules);
    HOLT_INIT(&collected);
    HOLT_INIT(&verified);
    HOLT_INIT(&repaired);
    HOLT_INIT(&stats);
    rules.snaps = snaps;
    rules.snap_count = 1;
    CHECK_OK(holt_store_forget(store, &rules, see_decision, &decided, &forgotten, status));
    CHECK(forgotten == 1 && decided.calls == 1);
    CHECK_OK(holt_store_list_forgotten(store, see_snapshot, &back, status));
    CHECK(back.calls == 1);
    CHECK_OK(holt_store_undelete(store, NULL, 0, see_snapshot, &back, status));
    CHECK(back.calls == 2 && strcmp(back.last, "second") == 0);
    CHECK_OK(holt_store_forget(store, &rules, NULL, NULL, NULL, status));
    CHECK_OK(holt_store_gc(store, NULL, NULL, &collected, status));
    CHECK(collected.snapshots == 1 && collected.dropped == 1);
    CHECK_OK(holt_store_verify(store, NULL, 0, &share, NULL, see_damage, &damage, &verified, status));
    CHECK(verified.snapshots == 1 && verified.damage == 0 && damage.calls == 0);
    CHECK(verified.packs == verified.all_packs && !verified.out_of_time);
    /* As many packs as a millisecond is enough for, and one at least. */
    share.max_time_ms = 1;
    CHECK_OK(holt_store_verify(store, NULL, 0, &share, NULL, NULL, NULL, &verified, status));
    CHECK(verified.packs >= 1 && verified.all_packs >= verified.packs);
    CHECK_OK(holt_store_stats(store, &stats, status));
    CHECK(stats.snapshots == 1 && stats.packs > 0);
    CHECK(strcmp(holt_store_path(store) + strlen(holt_store_path(store)) - 5, "store") == 0);
    holt_store_close(store);
    CHECK_OK(holt_repair(store_path, NULL, &mend, NULL, see_damage, &damage, &repaired, status));
    CHECK(repaired.snapshots == 1 && repaired.damage == 0);
}

static void what_is_collected_by_itself_is_set_and_told(void) {
    holt_store *store = open_store();
    holt_auto_gc settings;
    holt_gc_options how;
    int on = 1;
    CHECK_OK(holt_store_auto_gc(store, &on, NULL, status));
    CHECK(on == 0);
    HOLT_INIT(&settings);
    settings.max_size = 1 << 30;
    settings.max_age.days = 30;
    settings.empty_pool = 1;
    CHECK_OK(holt_store_set_auto_gc(store, &settings, status));
    HOLT_INIT(&settings);
    CHECK_OK(holt_store_auto_gc(store, &on, &settings, status));
    CHECK(on == 1 && settings.max_size == 1 << 30 && settings.max_age.days == 30);
    CHECK(settings.empty_pool && settings.max_time_ms == 10000);
    CHECK_OK(holt_store_set_auto_gc(store, NULL, status));
    CHECK_OK(holt_store_auto_gc(store, &on, &settings, status));
    CHECK(on == 0);
    HOLT_INIT(&how);
    how.recompress = 19;
    CHECK_OK(holt_store_gc(store, &how, NULL, NULL, status));
    holt_store_close(store);
}

static void a_repair_takes_what_is_lost_from_elsewhere(void) {
    const char *const from[] = {source};
    const char *path = path_in(work, "hurt");
    holt_store *store = NULL;
    holt_repair_options mend;
    holt_repair_report repaired;
    HOLT_INIT(&mend);
    HOLT_INIT(&repaired);
    CHECK_OK(holt_store_init(path, NULL, &store, status));
    CHECK_OK(holt_store_snapshot(store, source, NULL, NULL, NULL, status));
    holt_store_close(store);
    CHECK(spoil_files(path_in(path, "packs")) > 0);
    mend.from = from;
    mend.from_count = 1;
    CHECK_OK(holt_repair(path, NULL, &mend, NULL, NULL, NULL, &repaired, status));
    CHECK(repaired.regained_chunks > 0 && repaired.damage == 0);
}

int main(void) {
    holt_store *store = NULL;
    work = new_folder();
    source = path_in(work, "source");
    store_path = path_in(work, "store");
    make_tree(source);
    CHECK(strchr(holt_version(), '.') != NULL);
    failures_say_what_to_do();
    CHECK_OK(holt_store_init(store_path, NULL, &store, status));
    holt_store_close(store);
    structs_carry_their_size();
    a_tree_comes_back();
    who_cancels_is_heard();
    snapshots_are_listed_and_labelled();
    snapshots_are_looked_into();
    differences_are_told();
    archives_go_through_files_and_descriptors();
    stores_are_kept();
    what_is_collected_by_itself_is_set_and_told();
    a_repair_takes_what_is_lost_from_elsewhere();
    remove_tree(work);
    return 0;
}
