// One command of the program: what it is called, what it takes, what it does. Each stands in its
// own file and is listed in commands.cpp. Thread rule: the main thread.
#pragma once

#include <holt/error.hpp>

#include <memory>
#include <string>
#include <vector>

#include "cli/session/session.h"

namespace holt::cli {

class OptionTable;

struct CommandInfo {
    std::string name;
    std::string group;        ///< heading in the top-level help
    std::string description;  ///< its first line stands in the list of commands
    std::string examples;     ///< the end of --help
    /// The exit code of every error but a signal's, where the program that the command stands in
    /// for has one; 0: that of the error's kind.
    int error_code = 0;
};

class Command {
  public:
    virtual ~Command() = default;
    virtual CommandInfo info() const = 0;
    /// Declares options and operands in the command's table; values are bound to members.
    virtual void define(OptionTable& table) = 0;
    /// Does the work. The value is the exit code: 0, or one that is no error (diff's 1, partial).
    virtual Result<int> run(Session& session) = 0;
};

/// All commands, in the order of the top-level help.
std::vector<std::unique_ptr<Command>> all_commands();

std::unique_ptr<Command> make_init_command();
std::unique_ptr<Command> make_snapshot_command();
std::unique_ptr<Command> make_restore_command();
std::unique_ptr<Command> make_list_command();
std::unique_ptr<Command> make_show_command();
std::unique_ptr<Command> make_ls_command();
std::unique_ptr<Command> make_cat_command();
std::unique_ptr<Command> make_diff_command();
std::unique_ptr<Command> make_find_command();
std::unique_ptr<Command> make_tag_command();
std::unique_ptr<Command> make_forget_command();
std::unique_ptr<Command> make_undelete_command();
std::unique_ptr<Command> make_gc_command();
std::unique_ptr<Command> make_verify_command();
std::unique_ptr<Command> make_repair_command();
std::unique_ptr<Command> make_stats_command();
std::unique_ptr<Command> make_key_hash_command();
std::unique_ptr<Command> make_key_explain_command();
std::unique_ptr<Command> make_cache_run_command();
std::unique_ptr<Command> make_cache_restore_command();
std::unique_ptr<Command> make_cache_save_command();
std::unique_ptr<Command> make_cache_lookup_command();
std::unique_ptr<Command> make_cache_list_command();
std::unique_ptr<Command> make_cache_evict_command();
std::unique_ptr<Command> make_cache_prebuild_command();
std::unique_ptr<Command> make_doctor_command();
std::unique_ptr<Command> make_export_command();
std::unique_ptr<Command> make_import_command();
std::unique_ptr<Command> make_relocate_command();
std::unique_ptr<Command> make_zstd_command();
std::unique_ptr<Command> make_gzip_command();
std::unique_ptr<Command> make_link_filters_command();
std::unique_ptr<Command> make_config_show_command();
std::unique_ptr<Command> make_completion_command();
std::unique_ptr<Command> make_version_command();

}  // namespace holt::cli
