// libarchive, loaded when the first zip is asked for.
//
// Nothing but .zip needs it, and with it come libxml2, ICU, nettle, lzma and others: ten libraries
// that every run of the program, `holt gzip` of a small file too, would load and relocate
// (docs/BENCHMARKS.md, "Start-up"). So it is no part of the program's own list of libraries; a
// machine without it does all but zips. Thread rule: any thread; what is loaded stays.
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include "base/error.h"

namespace holt::store {

// The functions that are used, by their names in libarchive's headers.
#define HOLT_LIBARCHIVE_FUNCTIONS(X)            \
    X(archive_entry_clear)                      \
    X(archive_entry_filetype)                   \
    X(archive_entry_free)                       \
    X(archive_entry_gid)                        \
    X(archive_entry_hardlink)                   \
    X(archive_entry_is_encrypted)               \
    X(archive_entry_mtime)                      \
    X(archive_entry_mtime_nsec)                 \
    X(archive_entry_new)                        \
    X(archive_entry_pathname)                   \
    X(archive_entry_perm)                       \
    X(archive_entry_set_filetype)               \
    X(archive_entry_set_gid)                    \
    X(archive_entry_set_mtime)                  \
    X(archive_entry_set_pathname)               \
    X(archive_entry_set_perm)                   \
    X(archive_entry_set_size)                   \
    X(archive_entry_set_symlink)                \
    X(archive_entry_set_uid)                    \
    X(archive_entry_size)                       \
    X(archive_entry_size_is_set)                \
    X(archive_entry_symlink)                    \
    X(archive_entry_uid)                        \
    X(archive_error_string)                     \
    X(archive_read_data_block)                  \
    X(archive_read_free)                        \
    X(archive_read_new)                         \
    X(archive_read_next_header)                 \
    X(archive_read_open1)                       \
    X(archive_read_set_callback_data)           \
    X(archive_read_set_read_callback)           \
    X(archive_read_set_seek_callback)           \
    X(archive_read_set_skip_callback)           \
    X(archive_read_support_format_zip_seekable) \
    X(archive_write_close)                      \
    X(archive_write_data)                       \
    X(archive_write_free)                       \
    X(archive_write_header)                     \
    X(archive_write_new)                        \
    X(archive_write_open)                       \
    X(archive_write_set_bytes_in_last_block)    \
    X(archive_write_set_format_option)          \
    X(archive_write_set_format_zip)

/// One pointer for each, called as the function is.
struct LibArchive {
#define HOLT_LIBARCHIVE_MEMBER(name) decltype(&::name) name = nullptr;
    HOLT_LIBARCHIVE_FUNCTIONS(HOLT_LIBARCHIVE_MEMBER)
#undef HOLT_LIBARCHIVE_MEMBER
};

/// ErrorKind::failed, with what to install, when there is none.
Result<const LibArchive*> libarchive();

}  // namespace holt::store
