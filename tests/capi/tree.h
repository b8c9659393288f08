/* A small folder tree, and what the C tests do with files. */
#ifndef HOLT_TESTS_CAPI_TREE_H
#define HOLT_TESTS_CAPI_TREE_H

#include <stddef.h>

/* A new temporary folder; its name is good until the end of the program. */
const char* new_folder(void);
/* `folder`/`name`; good until the end of the program. */
const char* path_in(const char* folder, const char* name);
void write_text(const char* path, const char* text);
/* 1 when the file at `path` holds exactly `text`. */
int has_text(const char* path, const char* text);
int exists(const char* path);
/* Makes `folder` with app.conf ("port=1\n"), lib/code.txt (40,000 bytes), lib/link -> code.txt. */
void make_tree(const char* folder);
/* Overwrites the middle of each file below `folder`; how many there were. */
int spoil_files(const char* folder);
void remove_tree(const char* folder);

#endif
