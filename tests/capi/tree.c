#define _GNU_SOURCE
#include "tree.h"

#include <ftw.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

enum { kMostNames = 256 };
static char names[kMostNames][256];
static int used;

static char *next_name(void) {
    CHECK(used < kMostNames);
    return names[used++];
}

const char *new_folder(void) {
    char *name = next_name();
    const char *base = getenv("TMPDIR");
    snprintf(name, sizeof names[0], "%s/holt-capi-XXXXXX", base != NULL ? base : "/tmp");
    CHECK(mkdtemp(name) != NULL);
    return name;
}

const char *path_in(const char *folder, const char *name) {
    char path[sizeof names[0]];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    for (int i = 0; i < used; ++i)
        if (strcmp(names[i], path) == 0) return names[i];
    return strcpy(next_name(), path);
}

void write_text(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    CHECK(file != NULL);
    CHECK(fwrite(text, 1, strlen(text), file) == strlen(text));
    CHECK(fclose(file) == 0);
}

int has_text(const char *path, const char *text) {
    static char bytes[1 << 16];
    FILE *file = fopen(path, "r");
    size_t got;
    if (file == NULL) return 0;
    got = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    return got == strlen(text) && memcmp(bytes, text, got) == 0;
}

int exists(const char *path) {
    struct stat found;
    return lstat(path, &found) == 0;
}

void make_tree(const char *folder) {
    static char code[40001];
    for (size_t i = 0; i + 1 < sizeof code; ++i) code[i] = (char)('a' + i * i % 26);
    CHECK(mkdir(folder, 0755) == 0);
    CHECK(mkdir(path_in(folder, "lib"), 0755) == 0);
    write_text(path_in(folder, "app.conf"), "port=1\n");
    write_text(path_in(folder, "lib/code.txt"), code);
    CHECK(symlink("code.txt", path_in(folder, "lib/link")) == 0);
}

static int remove_one(const char *path, const struct stat *what, int kind, struct FTW *place) {
    (void)what, (void)kind, (void)place;
    return remove(path);
}

void remove_tree(const char *folder) {
    nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static int spoiled;

static int spoil_one(const char *path, const struct stat *what, int kind, struct FTW *place) {
    (void)place;
    if (kind != FTW_F) return 0;
    CHECK(chmod(path, 0600) == 0);
    FILE *file = fopen(path, "r+");
    CHECK(file != NULL);
    CHECK(fseek(file, what->st_size / 3, SEEK_SET) == 0);
    for (off_t i = 0; i < what->st_size / 3; ++i) CHECK(fputc('x', file) == 'x');
    CHECK(fclose(file) == 0);
    ++spoiled;
    return 0;
}

int spoil_files(const char *folder) {
    spoiled = 0;
    nftw(folder, spoil_one, 16, FTW_PHYS);
    return spoiled;
}
