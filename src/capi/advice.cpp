// The codes of advice in C are those of C++, each of them: the compiler looks. Nothing of it is
// called.
#include <holt/status.h>
#include <holt/advice.hpp>

namespace holt::capi {
namespace {

#define HOLT_SAME_CODE(code, code_in_c) \
    case Advice::code:                  \
        return static_cast<int>(Advice::code) == (code_in_c)

// A code without its line is a warning of the compiler (-Wswitch), and so an error.
[[maybe_unused]] constexpr bool is_same_in_c(Advice advice) {
    switch (advice) {
        HOLT_SAME_CODE(none, HOLT_ADVICE_NONE);
        HOLT_SAME_CODE(free_space, HOLT_ADVICE_FREE_SPACE);
        HOLT_SAME_CODE(raise_quota, HOLT_ADVICE_RAISE_QUOTA);
        HOLT_SAME_CODE(raise_file_limit, HOLT_ADVICE_RAISE_FILE_LIMIT);
        HOLT_SAME_CODE(check_permissions, HOLT_ADVICE_CHECK_PERMISSIONS);
        HOLT_SAME_CODE(check_owner, HOLT_ADVICE_CHECK_OWNER);
        HOLT_SAME_CODE(run_again, HOLT_ADVICE_RUN_AGAIN);
        HOLT_SAME_CODE(wait_longer, HOLT_ADVICE_WAIT_LONGER);
        HOLT_SAME_CODE(allow_larger_files, HOLT_ADVICE_ALLOW_LARGER_FILES);
        HOLT_SAME_CODE(close_programs, HOLT_ADVICE_CLOSE_PROGRAMS);
        HOLT_SAME_CODE(mount_writable, HOLT_ADVICE_MOUNT_WRITABLE);
        HOLT_SAME_CODE(check_device, HOLT_ADVICE_CHECK_DEVICE);
        HOLT_SAME_CODE(make_store, HOLT_ADVICE_MAKE_STORE);
        HOLT_SAME_CODE(repair_store, HOLT_ADVICE_REPAIR_STORE);
        HOLT_SAME_CODE(verify_store, HOLT_ADVICE_VERIFY_STORE);
        HOLT_SAME_CODE(recover_unacknowledged, HOLT_ADVICE_RECOVER_UNACKNOWLEDGED);
        HOLT_SAME_CODE(take_snapshot, HOLT_ADVICE_TAKE_SNAPSHOT);
        HOLT_SAME_CODE(list_snapshots, HOLT_ADVICE_LIST_SNAPSHOTS);
        HOLT_SAME_CODE(list_entries, HOLT_ADVICE_LIST_ENTRIES);
        HOLT_SAME_CODE(list_forgotten, HOLT_ADVICE_LIST_FORGOTTEN);
        HOLT_SAME_CODE(choose_name, HOLT_ADVICE_CHOOSE_NAME);
        HOLT_SAME_CODE(name_or_rule, HOLT_ADVICE_NAME_OR_RULE);
        HOLT_SAME_CODE(release_hold, HOLT_ADVICE_RELEASE_HOLD);
        HOLT_SAME_CODE(allow_empty, HOLT_ADVICE_ALLOW_EMPTY);
        HOLT_SAME_CODE(evict_named, HOLT_ADVICE_EVICT_NAMED);
        HOLT_SAME_CODE(choose_comparison, HOLT_ADVICE_CHOOSE_COMPARISON);
        HOLT_SAME_CODE(make_store_again, HOLT_ADVICE_MAKE_STORE_AGAIN);
        HOLT_SAME_CODE(check_globs, HOLT_ADVICE_CHECK_GLOBS);
        HOLT_SAME_CODE(remove_tags, HOLT_ADVICE_REMOVE_TAGS);
        HOLT_SAME_CODE(repair_from, HOLT_ADVICE_REPAIR_FROM);
        HOLT_SAME_CODE(set_collection_again, HOLT_ADVICE_SET_COLLECTION_AGAIN);
        HOLT_SAME_CODE(trust_locks, HOLT_ADVICE_TRUST_LOCKS);
        HOLT_SAME_CODE(allow_overwrite, HOLT_ADVICE_ALLOW_OVERWRITE);
        HOLT_SAME_CODE(replace_output, HOLT_ADVICE_REPLACE_OUTPUT);
        HOLT_SAME_CODE(replace_entry, HOLT_ADVICE_REPLACE_ENTRY);
        HOLT_SAME_CODE(replace_symlink, HOLT_ADVICE_REPLACE_SYMLINK);
        HOLT_SAME_CODE(without_atomic, HOLT_ADVICE_WITHOUT_ATOMIC);
        HOLT_SAME_CODE(without_atomic_or_new, HOLT_ADVICE_WITHOUT_ATOMIC_OR_NEW);
        HOLT_SAME_CODE(without_atomic_or_whole, HOLT_ADVICE_WITHOUT_ATOMIC_OR_WHOLE);
        HOLT_SAME_CODE(without_atomic_or_partial, HOLT_ADVICE_WITHOUT_ATOMIC_OR_PARTIAL);
        HOLT_SAME_CODE(remove_extra_too, HOLT_ADVICE_REMOVE_EXTRA_TOO);
        HOLT_SAME_CODE(link_by_copy, HOLT_ADVICE_LINK_BY_COPY);
        HOLT_SAME_CODE(link_by_copy_or_time, HOLT_ADVICE_LINK_BY_COPY_OR_TIME);
        HOLT_SAME_CODE(owner_caller, HOLT_ADVICE_OWNER_CALLER);
        HOLT_SAME_CODE(copy_instead_of_links, HOLT_ADVICE_COPY_INSTEAD_OF_LINKS);
        HOLT_SAME_CODE(keep_times, HOLT_ADVICE_KEEP_TIMES);
        HOLT_SAME_CODE(leave_or_shorter, HOLT_ADVICE_LEAVE_OR_SHORTER);
        HOLT_SAME_CODE(without_relocation, HOLT_ADVICE_WITHOUT_RELOCATION);
        HOLT_SAME_CODE(get_whole_copy, HOLT_ADVICE_GET_WHOLE_COPY);
        HOLT_SAME_CODE(allow_content, HOLT_ADVICE_ALLOW_CONTENT);
        HOLT_SAME_CODE(allow_memory, HOLT_ADVICE_ALLOW_MEMORY);
        HOLT_SAME_CODE(allow_entries, HOLT_ADVICE_ALLOW_ENTRIES);
        HOLT_SAME_CODE(allow_depth, HOLT_ADVICE_ALLOW_DEPTH);
        HOLT_SAME_CODE(allow_ratio, HOLT_ADVICE_ALLOW_RATIO);
        HOLT_SAME_CODE(allow_metadata, HOLT_ADVICE_ALLOW_METADATA);
        HOLT_SAME_CODE(allow_special_modes, HOLT_ADVICE_ALLOW_SPECIAL_MODES);
        HOLT_SAME_CODE(allow_special_files, HOLT_ADVICE_ALLOW_SPECIAL_FILES);
        HOLT_SAME_CODE(allow_xattrs, HOLT_ADVICE_ALLOW_XATTRS);
        HOLT_SAME_CODE(allow_modes_and_xattrs, HOLT_ADVICE_ALLOW_MODES_AND_XATTRS);
        HOLT_SAME_CODE(give_dictionary, HOLT_ADVICE_GIVE_DICTIONARY);
        HOLT_SAME_CODE(train_dictionary, HOLT_ADVICE_TRAIN_DICTIONARY);
        HOLT_SAME_CODE(give_format, HOLT_ADVICE_GIVE_FORMAT);
        HOLT_SAME_CODE(export_whole, HOLT_ADVICE_EXPORT_WHOLE);
        HOLT_SAME_CODE(without_key_and_tags, HOLT_ADVICE_WITHOUT_KEY_AND_TAGS);
        HOLT_SAME_CODE(without_name, HOLT_ADVICE_WITHOUT_NAME);
        HOLT_SAME_CODE(give_name, HOLT_ADVICE_GIVE_NAME);
        HOLT_SAME_CODE(owner_at_restore, HOLT_ADVICE_OWNER_AT_RESTORE);
        HOLT_SAME_CODE(export_folder, HOLT_ADVICE_EXPORT_FOLDER);
        HOLT_SAME_CODE(save_incomplete, HOLT_ADVICE_SAVE_INCOMPLETE);
        HOLT_SAME_CODE(save_key_list, HOLT_ADVICE_SAVE_KEY_LIST);
        HOLT_SAME_CODE(wait_for_builder, HOLT_ADVICE_WAIT_FOR_BUILDER);
    }
    return true;
}

constexpr bool all_same_in_c() {
    for (int code = 0; code < 1000; ++code)
        if (!is_same_in_c(static_cast<Advice>(code))) return false;
    return true;
}
static_assert(all_same_in_c());

}  // namespace
}  // namespace holt::capi
