/* What stands beside a store's operations, called from C11: log lines, SNAP:SUB taken apart, what
 * snapshots share, the doctor, gzip, zstd.
 *
 * tools_test    exits with 0, or tells the first thing that is not so. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <holt/holt.h>
#include <holt/zstd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "seen.h"
#include "tree.h"

static const char *work, *source;

static void see_line(void *user, holt_log_level level, const char *line) {
    CHECK(level != HOLT_LOG_OFF && line[0] != '\0' && strchr(line, '\n') == NULL);
    remember(user, line);
}

static void see_path(void *user, const holt_snapshot_info *info, const char *path) {
    CHECK(strcmp(info->name, "one") == 0);
    remember(user, path);
}

static void see_sharing(void *user, const holt_sharing *sharing) {
    CHECK(sharing->size == sizeof *sharing && sharing->count == 2 && sharing->not_looked_at == 0);
    CHECK(strcmp(sharing->snapshots[0]->name, "one") == 0);
    CHECK(strcmp(sharing->snapshots[1]->name, "two") == 0);
    CHECK(sharing->content[0] > 0 && sharing->adds[0] == sharing->content[0]);
    /* The second has all that the first has, and one small file more. */
    CHECK(sharing->shared[1][0] > 40000 && sharing->content[1] > sharing->content[0]);
    CHECK(sharing->adds[1] < sharing->content[1]);
    remember(user, "");
}

static int see_finding(void *user, const holt_finding *finding) {
    CHECK(finding->size == sizeof *finding && finding->subject[0] != '\0');
    CHECK(finding->level != HOLT_FINDING_TROUBLE || finding->advice[0] != '\0');
    return remember(user, finding->subject);
}

static void see_header(void *user, const holt_gzip_header_info *header) {
    CHECK(header->bytes > 0 && header->mtime > 0);
    remember(user, header->name);
}

static void a_store_tells_its_log_and_what_its_snapshots_share(void) {
    holt_store *store = NULL;
    holt_open_options open;
    holt_snapshot_options how;
    seen lines = {0, 0, "", ""}, paths = {0, 0, "", ""}, shared = {0, 0, "", ""};
    const char *path = path_in(work, "store");
    HOLT_INIT(&open);
    HOLT_INIT(&how);
    CHECK_OK(holt_store_init(path, NULL, &store, status));
    holt_store_close(store);
    open.log_level = HOLT_LOG_DEBUG;
    open.log = see_line;
    open.log_user = &lines;
    CHECK_OK(holt_store_open(path, &open, &store, status));
    how.name = "one";
    CHECK_OK(holt_store_snapshot(store, source, &how, NULL, NULL, status));
    CHECK(lines.calls > 0);
    write_text(path_in(source, "more"), "and more\n");
    how.name = "two";
    CHECK_OK(holt_store_snapshot(store, source, &how, NULL, NULL, status));

    CHECK_OK(holt_store_find_path(store, "one:lib//./code.txt", see_path, &paths, status));
    CHECK(paths.calls == 1 && strcmp(paths.last, "lib/code.txt") == 0);
    CHECK_OK(holt_store_find_path(store, "one", see_path, &paths, status));
    CHECK(paths.calls == 2 && strcmp(paths.last, "") == 0);
    CHECK(holt_store_find_path(store, "none:x", see_path, &paths, NULL) == HOLT_NOT_FOUND);

    CHECK_OK(holt_store_sharing(store, NULL, see_sharing, &shared, status));
    CHECK(shared.calls == 1);
    holt_store_close(store);
}

static void the_doctor_looks_at_a_store(void) {
    const char *const folders[] = {work};
    seen found = {0, 0, "", ""}, none = {0, 0, "", ""}, first = {0, 1, "", ""};
    CHECK_OK(holt_examine(path_in(work, "store"), folders, 1, see_finding, &found, status));
    CHECK(found.calls > 3);
    CHECK_OK(holt_examine(path_in(work, "no-store"), NULL, 0, see_finding, &none, status));
    CHECK(none.calls > 0);
    CHECK_OK(holt_examine(path_in(work, "store"), NULL, 0, see_finding, &first, status));
    CHECK(first.calls == 1);
}

static void gzip_is_there_for_files_and_descriptors(void) {
    const char *plain = path_in(work, "plain.txt"), *packed = path_in(work, "plain.txt.gz");
    holt_gzip_options how;
    holt_gzip_report made, back;
    seen header = {0, 0, "", ""};
    FILE *out = tmpfile();
    char text[32];
    int in;
    HOLT_INIT(&how);
    HOLT_INIT(&made);
    HOLT_INIT(&back);
    write_text(plain, "once upon a time\n");
    how.level = holt_gzip_levels().max;
    how.keep_name = how.keep_time = 1;
    CHECK_OK(holt_gzip_file(plain, packed, &how, NULL, &made, status));
    CHECK(made.input_bytes == 17 && made.output_bytes > 20);
    CHECK_OK(holt_gzip_header(packed, see_header, &header, status));
    CHECK(header.calls == 1 && strcmp(header.last, "plain.txt") == 0);
    /* What is there stays. */
    CHECK(holt_gzip_file(plain, packed, NULL, NULL, NULL, NULL) == HOLT_FAILED);
    HOLT_INIT(&how);
    how.mode = HOLT_GZIP_DECOMPRESS;
    in = open(packed, O_RDONLY);
    CHECK(in >= 0 && out != NULL);
    CHECK_OK(holt_gzip_stream(in, "in", fileno(out), "out", &how, NULL, &back, status));
    CHECK(back.members == 1 && back.output_bytes == 17 && back.trailing == HOLT_GZIP_NOTHING);
    CHECK(pread(fileno(out), text, sizeof text, 0) == 17);
    CHECK(memcmp(text, "once upon a time\n", 17) == 0);
    how.mode = HOLT_GZIP_TEST;
    CHECK_OK(holt_gzip_file(packed, NULL, &how, NULL, &back, status));
    CHECK(holt_gzip_file(plain, NULL, &how, NULL, NULL, NULL) == HOLT_CORRUPT);
    close(in);
    fclose(out);
}

static int count_names(void *user, const char *name) {
    return ++*(int *)user == 1 && strcmp(name, "a.txt") != 0;
}

static void gzip_looks_at_what_it_is_given(void) {
    const char *folder = path_in(work, "names"), *file = path_in(work, "names/a.txt");
    holt_gzip_options how;
    holt_gzip_input found;
    holt_gzip_report made;
    FILE *out = tmpfile();
    int names = 0;
    CHECK(mkdir(folder, 0755) == 0 && out != NULL);
    write_text(file, "once upon a time\n");
    write_text(path_in(work, "names/b.txt"), "");
    CHECK(symlink("a.txt", path_in(work, "names/link")) == 0);
    HOLT_INIT(&how);
    HOLT_INIT(&found);
    HOLT_INIT(&made);
    CHECK_OK(holt_gzip_look(path_in(work, "names/link"), 0, &found, status));
    CHECK(found.kind == HOLT_GZIP_INPUT_SYMLINK);
    CHECK_OK(holt_gzip_look(path_in(work, "names/link"), 1, &found, status));
    CHECK(found.kind == HOLT_GZIP_INPUT_FILE && found.bytes == 17 && found.links == 1);
    CHECK(found.mtime.seconds > 0);
    CHECK(holt_gzip_look(path_in(work, "names/none"), 1, &found, NULL) == HOLT_FAILED);
    CHECK_OK(holt_gzip_names(folder, count_names, &names, status));
    CHECK(names == 3);
    CHECK_OK(holt_gzip_from_file(file, fileno(out), "out", &how, NULL, &made, status));
    CHECK(made.input_bytes == 17 && made.output_bytes > 20);
    fclose(out);
}

static void zstd_is_there_for_files_and_descriptors(void) {
    const char *plain = path_in(work, "z.txt"), *packed = path_in(work, "z.txt.zst");
    holt_zstd_options how;
    holt_zstd_report made;
    holt_call call;
    FILE *out = tmpfile();
    char text[32];
    int in;
    HOLT_INIT(&how);
    HOLT_INIT(&made);
    HOLT_INIT(&call);
    call.threads = 2;
    write_text(plain, "once upon a time\n");
    how.level = 19;
    CHECK_OK(holt_zstd_file(plain, packed, &how, &call, &made, status));
    CHECK(made.input_bytes == 17 && made.output_bytes > 17);
    /* What is there stays. */
    CHECK(holt_zstd_file(plain, packed, NULL, NULL, NULL, NULL) == HOLT_FAILED);
    HOLT_INIT(&how);
    how.mode = HOLT_ZSTD_DECOMPRESS;
    in = open(packed, O_RDONLY);
    CHECK(in >= 0 && out != NULL);
    CHECK_OK(holt_zstd_stream(in, "in", fileno(out), "out", &how, NULL, &made, status));
    CHECK(made.output_bytes == 17 && pread(fileno(out), text, sizeof text, 0) == 17);
    CHECK(memcmp(text, "once upon a time\n", 17) == 0);
    CHECK(lseek(in, 0, SEEK_SET) == 0);
    CHECK_OK(holt_zstd_to_file(in, "in", path_in(work, "z.back"), &how, NULL, &made, status));
    CHECK_OK(holt_zstd_from_file(packed, fileno(out), "out", &how, NULL, &made, status));
    CHECK(lseek(fileno(out), 0, SEEK_END) == 34);
    how.mode = HOLT_ZSTD_TEST;
    CHECK_OK(holt_zstd_file(packed, NULL, &how, NULL, &made, status));
    CHECK(holt_zstd_file(plain, NULL, &how, NULL, NULL, NULL) == HOLT_CORRUPT);
    close(in);
    fclose(out);
}

static void zstd_is_there_for_bytes(void) {
    static char content[100000], frame[110000], again[100000];
    size_t size = 0, got = 0, in = 0, out = 0;
    int stated = 0;
    uint64_t stated_size = 0;
    holt_zstd_step step;
    holt_zstd_compressor *compressor = NULL;
    holt_zstd_decompressor *decompressor = NULL;
    for (size_t i = 0; i < sizeof content; ++i) content[i] = (char)('a' + i * i % 19);
    CHECK(holt_zstd_compress_bound(sizeof content) <= sizeof frame);
    CHECK_OK(holt_zstd_compress(content, sizeof content, frame, sizeof frame, 3, &size, status));
    CHECK(size < sizeof content / 2);
    CHECK_OK(holt_zstd_content_size(frame, size, &stated, &stated_size, status));
    CHECK(stated && stated_size == sizeof content);
    CHECK_OK(holt_zstd_decompress(frame, size, again, sizeof again, &got, status));
    CHECK(got == sizeof content && memcmp(content, again, got) == 0);
    frame[size / 2] ^= 1;
    CHECK(holt_zstd_decompress(frame, size, again, sizeof again, &got, NULL) == HOLT_CORRUPT);
    CHECK_OK(holt_zstd_compressor_new(holt_zstd_levels().min, &compressor, status));
    memset(&step, 0, sizeof step);
    for (size = 0; !step.done; size += step.produced, in += step.consumed) {
        step.input = content + in;
        step.input_size = sizeof content - in;
        step.output = frame + size;
        step.output_room = 1000;
        CHECK_OK(holt_zstd_compressor_run(compressor, &step, HOLT_ZSTD_END, status));
    }
    holt_zstd_compressor_free(compressor);
    CHECK_OK(holt_zstd_decompressor_new(0, &decompressor, status));
    memset(&step, 0, sizeof step);
    for (in = 0; !step.done; in += step.consumed, out += step.produced) {
        step.input = frame + in;
        step.input_size = size - in < 700 ? size - in : 700;
        step.output = again + out;
        step.output_room = sizeof again - out;
        CHECK_OK(holt_zstd_decompressor_run(decompressor, &step, status));
    }
    CHECK(out == sizeof content && memcmp(content, again, out) == 0);
    holt_zstd_decompressor_free(decompressor);
}

typedef struct memory {
    unsigned char bytes[1 << 20];
    size_t size, at, fail_at;
} memory;

static int put(void *user, const void *bytes, size_t size) {
    memory *into = user;
    if (into->size + size > into->fail_at) return 1;
    memcpy(into->bytes + into->size, bytes, size);
    into->size += size;
    return 0;
}

static int get(void *user, void *bytes, size_t room, size_t *got) {
    memory *from = user;
    if (from->at >= from->fail_at) return 1;
    *got = from->size - from->at < room ? from->size - from->at : room;
    if (*got > 1000) *got = 1000;
    memcpy(bytes, from->bytes + from->at, *got);
    from->at += *got;
    return 0;
}

static void archives_go_through_functions(void) {
    static memory archive;
    const char *const snaps[] = {"one"};
    holt_store *store = NULL, *other = NULL;
    holt_place place;
    holt_export_options how;
    holt_export_report out;
    holt_import_report in;
    HOLT_INIT(&how);
    HOLT_INIT(&out);
    HOLT_INIT(&in);
    HOLT_INIT(&place);
    place.write = put;
    place.read = get;
    place.user = &archive;
    archive.fail_at = sizeof archive.bytes;
    how.format = HOLT_FORMAT_TAR_ZST;
    CHECK_OK(holt_store_open(path_in(work, "store"), NULL, &store, status));
    CHECK_OK(holt_store_init(path_in(work, "other"), NULL, &other, status));
    CHECK_OK(holt_store_export(store, snaps, 1, &place, &how, NULL, &out, status));
    CHECK(out.files == 2 && out.archive_bytes == archive.size && archive.size > 0);
    CHECK_OK(holt_store_import(other, &place, NULL, NULL, &in, status));
    CHECK(in.snapshots == 1 && in.archive_bytes == archive.size);
    /* A function that fails ends the operation. */
    archive.at = 0;
    archive.fail_at = 1;
    CHECK(holt_store_import(other, &place, NULL, NULL, NULL, NULL) == HOLT_FAILED);
    archive.size = 0;
    CHECK(holt_store_export(store, snaps, 1, &place, &how, NULL, NULL, NULL) == HOLT_FAILED);
    holt_store_close(store);
    holt_store_close(other);
}

int main(void) {
    work = new_folder();
    source = path_in(work, "source");
    make_tree(source);
    a_store_tells_its_log_and_what_its_snapshots_share();
    the_doctor_looks_at_a_store();
    gzip_is_there_for_files_and_descriptors();
    gzip_looks_at_what_it_is_given();
    zstd_is_there_for_files_and_descriptors();
    zstd_is_there_for_bytes();
    archives_go_through_functions();
    remove_tree(work);
    return 0;
}
