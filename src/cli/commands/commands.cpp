#include "cli/session/command.h"

namespace holt::cli {

std::vector<std::unique_ptr<Command>> all_commands() {
    std::vector<std::unique_ptr<Command>> commands;
    commands.push_back(make_init_command());
    commands.push_back(make_snapshot_command());
    commands.push_back(make_restore_command());
    commands.push_back(make_list_command());
    commands.push_back(make_show_command());
    commands.push_back(make_ls_command());
    commands.push_back(make_cat_command());
    commands.push_back(make_diff_command());
    commands.push_back(make_find_command());
    commands.push_back(make_tag_command());
    commands.push_back(make_forget_command());
    commands.push_back(make_undelete_command());
    commands.push_back(make_stats_command());
    commands.push_back(make_verify_command());
    commands.push_back(make_repair_command());
    commands.push_back(make_gc_command());
    commands.push_back(make_doctor_command());
    commands.push_back(make_cache_run_command());
    commands.push_back(make_cache_restore_command());
    commands.push_back(make_cache_save_command());
    commands.push_back(make_cache_lookup_command());
    commands.push_back(make_cache_list_command());
    commands.push_back(make_cache_evict_command());
    commands.push_back(make_cache_prebuild_command());
    commands.push_back(make_key_hash_command());
    commands.push_back(make_key_explain_command());
    commands.push_back(make_export_command());
    commands.push_back(make_import_command());
    commands.push_back(make_relocate_command());
    commands.push_back(make_zstd_command());
    commands.push_back(make_gzip_command());
    commands.push_back(make_link_filters_command());
    commands.push_back(make_config_show_command());
    commands.push_back(make_completion_command());
    commands.push_back(make_version_command());
    return commands;
}

}  // namespace holt::cli
