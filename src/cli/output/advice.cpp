#include "cli/output/advice.h"

#include <string>
#include <utility>

namespace holt::cli {
namespace {

struct Words {
    Advice advice;
    std::string_view words;
};

// Those whose words in the library say too little, because it does not know how it is asked.
constexpr Words kWords[] = {
    {Advice::wait_longer, "wait until it is done, or allow more time with --lock-timeout"},

    {Advice::make_store, "make one with `holt init`, or name another with --store or HOLT_STORE"},
    {Advice::make_store_again, "make a new store with `holt init` and take its snapshots again"},
    {Advice::repair_store, "run `holt repair`"},
    {Advice::verify_store, "run `holt verify` to see what is damaged"},
    {Advice::recover_unacknowledged,
     "snapshots may be missing now: put one of the two back from a copy; or `holt repair "
     "--unacknowledged` brings back every complete snapshot that the packs hold, also those that "
     "were never finished or were forgotten"},
    {Advice::take_snapshot, "`holt snapshot` takes one of a folder"},
    {Advice::list_snapshots, "`holt list` shows all"},
    {Advice::list_entries, "`holt ls` shows what it has"},
    {Advice::check_globs,
     "`holt ls -R` shows what there is; a glob with a '/' in it begins at the root"},
    {Advice::list_forgotten, "`holt undelete --list` shows those that can be brought back"},
    {Advice::choose_name, "choose another --name"},
    {Advice::name_or_rule, "name some, or give a rule such as --keep-last 10"},
    {Advice::release_hold, "`holt tag --release` takes the hold away"},
    {Advice::allow_empty,
     "give a rule that keeps some, such as --keep-last 1, or --allow-empty if that is meant"},
    {Advice::evict_named, "--evict-named lets it take those with a name or a tag, too"},
    {Advice::choose_comparison, "say what to compare it with: --against SNAP"},
    {Advice::remove_tags, "remove some with --remove"},
    {Advice::repair_from,
     "`holt repair --from` takes it from a folder, a file or a .holt file that has it"},
    {Advice::set_collection_again,
     "set it again with `holt gc --auto`, or remove the file `settings`"},
    {Advice::trust_locks,
     "use a store on a local disk; or, if you know that they hold or that nobody else uses it, "
     "give --allow-network-store"},

    {Advice::allow_overwrite, "give an empty or new folder, or use --force"},
    {Advice::replace_output, "use -f (--force) to replace it, or give another name"},
    {Advice::replace_entry, "give another path, or use --force to replace it"},
    {Advice::replace_symlink,
     "use --force to replace the symlink, or end the path with '/' to mean the folder that it "
     "leads to"},
    {Advice::without_atomic, "restore without --atomic"},
    {Advice::without_atomic_or_new, "restore without --atomic, or into a new folder"},
    {Advice::without_atomic_or_whole, "leave --atomic or the selection out"},
    {Advice::without_atomic_or_partial,
     "restore without --atomic, which leaves that alone, or take a whole snapshot"},
    {Advice::remove_extra_too, "give --delete too if that is meant"},
    {Advice::link_by_copy, "put the store on the same file system, or restore with --link copy"},
    {Advice::link_by_copy_or_time, "give --mtime preserve or epoch, or --link copy"},
    {Advice::owner_caller, "give --owner caller where the files may belong to who restores them"},
    {Advice::copy_instead_of_links, "restore the others again, or use --link copy"},
    {Advice::keep_times, "restore with --mtime preserve to keep such files of use"},
    {Advice::leave_or_shorter,
     "choose another path (all fits one that is no longer than the old one, but for some "
     "databases), "
     "accept some as they are with --leave PATTERN, or all with --no-relocate; nothing was "
     "written"},
    {Advice::without_relocation, "choose another path, or restore with --no-relocate"},

    {Advice::allow_content, "if you trust it, allow more with --max-size"},
    {Advice::allow_memory, "if you trust it, allow more memory with --memory"},
    {Advice::allow_entries, "if you trust it, allow more with --max-entries"},
    {Advice::allow_depth, "if you trust it, allow more with --max-depth"},
    {Advice::allow_ratio, "if you trust it, allow more for its size with --max-ratio"},
    {Advice::allow_metadata, "if you trust it, allow more with --max-metadata"},
    {Advice::allow_special_modes, "if you trust it, allow it with --special-modes"},
    {Advice::allow_special_files, "if you trust it, allow it with --special-files"},
    {Advice::allow_xattrs, "if you trust it, allow it with --all-xattrs"},
    {Advice::allow_modes_and_xattrs, "--special-modes and --all-xattrs keep them"},
    {Advice::give_dictionary, "give the dictionary that it was made with (-D)"},
    {Advice::train_dictionary, "give a dictionary as `zstd --train` makes it"},

    {Advice::give_format, "give --format tar, tar.gz, tar.zst, zip or holt"},
    {Advice::export_whole, "export it again, with no --since that this store does not have"},
    {Advice::export_folder, "export the folder it is in, or write it out with `holt cat`"},
    {Advice::without_key_and_tags, "leave --key and --tag out"},
    {Advice::without_name, "leave --name out"},
    {Advice::give_name, "give --name to have it under another name too"},
    {Advice::owner_at_restore, "give --owner when you restore"},
    {Advice::save_incomplete, "make them readable, or save it with --allow-incomplete"},
    {Advice::save_key_list, "`holt key hash --save` remembers the list of a key"},
    {Advice::wait_for_builder, "wait until it is done, or give a longer --wait"},
};

}  // namespace

Error in_our_words(Error error) {
    for (const Words& known : kWords)
        if (known.advice == error.advice_code) error.advice = known.words;
    if (error.advice_code == Advice::allow_memory && error.advice_value > 0)
        error.advice =
            "if you trust it, allow it with --memory=" + std::to_string(error.advice_value) + "MiB";
    error.advice_code = Advice::none;  // said
    return error;
}

}  // namespace holt::cli
