#include <holt/advice.hpp>

namespace holt {
namespace {

struct Words {
    Advice advice;
    std::string_view words;
};

constexpr Words kWords[] = {
    {Advice::free_space, "free some space on that file system and run it again"},
    {Advice::raise_quota, "raise the quota or free some space and run it again"},
    {Advice::raise_file_limit, "raise the limit of open files (ulimit -n)"},
    {Advice::check_permissions, "check its permissions and those of the folders above it"},
    {Advice::check_owner, "check its owner and attributes, or run as a user who may do this"},
    {Advice::run_again, "run it again"},
    {Advice::wait_longer, "wait until it is done, or allow more time to wait for it"},
    {Advice::allow_larger_files,
     "the file system or a ulimit (-f) does not allow a file of this size"},
    {Advice::close_programs, "the system's limit of open files is reached; close other programs"},
    {Advice::mount_writable, "the file system is mounted read-only"},
    {Advice::check_device, "the device failed; check the system log"},

    {Advice::make_store, "make a store there, or open another one"},
    {Advice::make_store_again, "make a new store and take its snapshots again"},
    {Advice::repair_store, "repair the store"},
    {Advice::verify_store, "verify the store to see what is damaged"},
    {Advice::recover_unacknowledged,
     "put one of the two back from a copy; or repair the store with every complete snapshot that "
     "the packs hold, also those that were never finished or were forgotten"},
    {Advice::take_snapshot, "take a snapshot"},
    {Advice::list_snapshots, "the list of snapshots shows all"},
    {Advice::list_entries, "the snapshot's list of entries shows what it has"},
    {Advice::check_globs,
     "list the entries to see what there is; a glob with a '/' in it begins at the root"},
    {Advice::list_forgotten,
     "the list of forgotten snapshots shows those that can be brought back"},
    {Advice::choose_name, "choose another name"},
    {Advice::name_or_rule, "name some, or give a rule that keeps some"},
    {Advice::release_hold, "release it first"},
    {Advice::allow_empty, "give a rule that keeps some, or allow that none stays"},
    {Advice::evict_named, "allow that those with a name or a tag are forgotten, too"},
    {Advice::choose_comparison, "say which snapshot to compare it with"},
    {Advice::remove_tags, "remove some tags"},
    {Advice::repair_from, "repair the store with a folder, a file or a .holt file that has it"},
    {Advice::set_collection_again, "set the automatic collection again"},
    {Advice::trust_locks,
     "use a store on a local disk; or allow it, if you know that the locks hold or that nobody "
     "else uses it"},

    {Advice::allow_overwrite, "give an empty or new folder, or allow it to be written over"},
    {Advice::replace_output, "allow it to be replaced, or give another name"},
    {Advice::replace_entry, "give another path, or allow it to be replaced"},
    {Advice::replace_symlink,
     "allow the symlink to be replaced, or end the path with '/' to mean the folder that it "
     "leads to"},
    {Advice::without_atomic, "restore without atomic replacement"},
    {Advice::without_atomic_or_new, "restore without atomic replacement, or into a new folder"},
    {Advice::without_atomic_or_whole, "leave the atomic replacement or the selection out"},
    {Advice::without_atomic_or_partial,
     "restore without atomic replacement, which leaves that alone, or take a whole snapshot"},
    {Advice::remove_extra_too, "allow what is extra to be removed, if that is meant"},
    {Advice::link_by_copy, "put the store on the same file system, or restore by copying"},
    {Advice::link_by_copy_or_time,
     "preserve the times, or set them to 1970, or restore by copying"},
    {Advice::owner_caller, "let the files belong to who restores them"},
    {Advice::copy_instead_of_links, "restore the others again, or restore by copying"},
    {Advice::keep_times, "restore with the times that were preserved, to keep such files of use"},
    {Advice::leave_or_shorter,
     "choose another path (all fits one that is no longer than the old one, but for some "
     "databases), "
     "or leave some files, or all, as they are; nothing was written"},
    {Advice::without_relocation, "choose another path, or restore without relocation"},

    {Advice::get_whole_copy, "get a whole copy of it"},
    {Advice::allow_content, "if you trust it, allow more content"},
    {Advice::allow_memory, "if you trust it, allow more memory"},
    {Advice::allow_entries, "if you trust it, allow more entries"},
    {Advice::allow_depth, "if you trust it, allow deeper folders"},
    {Advice::allow_ratio, "if you trust it, allow more content for its size"},
    {Advice::allow_metadata, "if you trust it, allow more memory for names and metadata"},
    {Advice::allow_special_modes, "if you trust it, allow setuid, setgid and sticky bits"},
    {Advice::allow_special_files, "if you trust it, allow special files"},
    {Advice::allow_xattrs, "if you trust it, allow all extended attributes"},
    {Advice::allow_modes_and_xattrs,
     "if you trust it, allow special mode bits and all extended attributes"},
    {Advice::give_dictionary, "give the dictionary that it was made with"},
    {Advice::train_dictionary, "give a dictionary as training makes it"},

    {Advice::give_format, "give a format: tar, tar.gz, tar.zst, zip or holt"},
    {Advice::export_whole, "export it again, without what this store does not have"},
    {Advice::export_folder, "export the folder it is in, or read the file itself"},
    {Advice::without_key_and_tags, "leave key and tags out"},
    {Advice::without_name, "leave the name out"},
    {Advice::give_name, "give a name to have it under that one too"},
    {Advice::owner_at_restore, "choose the owner when you restore"},
    {Advice::save_incomplete, "make them readable, or allow an incomplete tree"},
    {Advice::save_key_list, "the list of a key is remembered when it is saved"},
    {Advice::wait_for_builder, "wait until it is done, or allow more time to wait for it"},
};

}  // namespace

std::string_view words(Advice advice) noexcept {
    for (const Words& known : kWords)
        if (known.advice == advice) return known.words;
    return "";
}

}  // namespace holt
