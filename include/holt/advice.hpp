// What can be done about an error, as a code: for a caller who has words, options or buttons of its
// own for it. Thread rule: values.
#pragma once

#include <holt/export.h>

#include <cstdint>
#include <string_view>

namespace holt {

/// The numbers are stable, and the same as HOLT_ADVICE_... of holt.h. An `Error` may have advice in
/// words without a code.
enum class Advice : std::uint16_t {
    none = 0,

    // The machine.
    free_space = 1,          ///< free some space, and run it again
    raise_quota = 2,         ///< the same, or a greater quota
    raise_file_limit = 3,    ///< the process may open too few files (RLIMIT_NOFILE)
    check_permissions = 4,   ///< of the object and the folders above it
    check_owner = 5,         ///< its owner and attributes, or be another user
    run_again = 6,           ///< nothing is wrong but the moment
    wait_longer = 7,         ///< somebody holds a lock: OpenOptions::lock_timeout
    allow_larger_files = 8,  ///< the file system, or RLIMIT_FSIZE
    close_programs = 9,      ///< the machine's own limit of open files
    mount_writable = 80,     ///< the file system is mounted read-only
    check_device = 81,       ///< the device failed

    // The store.
    make_store = 10,              ///< Store::init, or open another folder
    repair_store = 11,            ///< Store::repair
    verify_store = 12,            ///< Store::verify tells what is damaged
    recover_unacknowledged = 13,  ///< RepairOptions::unacknowledged
    take_snapshot = 14,           ///< Store::snapshot
    list_snapshots = 15,          ///< Store::list
    list_entries = 16,            ///< Store::ls
    list_forgotten = 17,          ///< Store::list_forgotten
    choose_name = 18,             ///< another SnapshotOptions::name
    name_or_rule = 19,            ///< ForgetOptions: name snapshots, or give a rule
    release_hold = 20,            ///< TagOptions::hold
    allow_empty = 21,             ///< a rule that keeps some, or ForgetOptions::allow_empty
    evict_named = 22,             ///< GcOptions::evict_named
    choose_comparison = 23,       ///< VerifyFolderOptions::against
    make_store_again = 24,        ///< it is of an earlier format
    check_globs = 25,             ///< a selection that selects nothing
    remove_tags = 26,             ///< LabelChange::remove
    repair_from = 27,             ///< RepairOptions::from
    set_collection_again = 28,    ///< Store::set_auto_gc
    trust_locks = 29,             ///< OpenOptions::allow_network_store

    // Outputs and destinations.
    allow_overwrite = 30,            ///< RestoreOptions::force, or an empty or new folder
    replace_output = 31,             ///< `overwrite`, or another name
    replace_entry = 32,              ///< RestoreOptions::force, or another path
    replace_symlink = 33,            ///< RestoreOptions::force, or a '/' at the end of the path
    without_atomic = 34,             ///< RestoreOptions::atomic cannot be had here
    without_atomic_or_new = 35,      ///< the same, or a new folder
    without_atomic_or_whole = 36,    ///< leave atomic or the selection out
    without_atomic_or_partial = 37,  ///< leave atomic out, or take a whole snapshot
    remove_extra_too = 38,           ///< RestoreOptions::remove_extra
    link_by_copy = 39,               ///< LinkMode::copy, or a store on the same file system
    link_by_copy_or_time = 40,       ///< LinkMode::copy, or Mtime::preserve or epoch
    owner_caller = 41,               ///< OwnerChoice::Who::caller
    copy_instead_of_links = 42,      ///< LinkMode::copy, and the other trees again
    keep_times = 43,                 ///< Mtime::preserve
    leave_or_shorter = 44,           ///< RestoreOptions::leave, or a path no longer than the old
    without_relocation = 45,         ///< RestoreOptions::relocate, or another path

    // What is not trusted: if you trust it, allow it.
    get_whole_copy = 50,
    allow_content = 51,        ///< ImportOptions::max_bytes, `output_limit`
    allow_memory = 52,         ///< `window_limit`; the value, if not 0: the MiB that it needs
    allow_entries = 53,        ///< ImportOptions::max_entries
    allow_depth = 54,          ///< ImportOptions::max_depth
    allow_ratio = 55,          ///< ImportOptions::max_ratio
    allow_metadata = 56,       ///< ImportOptions::max_metadata
    allow_special_modes = 57,  ///< ImportOptions::special_modes
    allow_special_files = 58,  ///< ImportOptions::special_files
    allow_xattrs = 59,         ///< ImportOptions::all_xattrs
    allow_modes_and_xattrs = 60,
    give_dictionary = 61,   ///< the one that it was made with
    train_dictionary = 62,  ///< as zstd_train makes it

    // Archives.
    give_format = 70,           ///< ExportOptions::format
    export_whole = 71,          ///< without ExportOptions::since, or import what it builds on
    without_key_and_tags = 72,  ///< ImportOptions: a .holt brings its own
    without_name = 73,
    give_name = 74,
    owner_at_restore = 75,  ///< RestoreOptions::owner
    export_folder = 76,     ///< the folder that the file is in, or Store::cat

    // Environments.
    save_incomplete = 90,   ///< CacheSaveOptions::allow_incomplete
    save_key_list = 91,     ///< KeyOptions
    wait_for_builder = 92,  ///< CacheRunOptions::wait
};

/// The same in words, which name no program's options.
HOLT_API std::string_view words(Advice advice) noexcept;

}  // namespace holt
