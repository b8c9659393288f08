// What configuration files say: defaults for options, read before the command line, which
// overrides them.
//
//   /etc/holt/config.toml                      for the machine
//   $XDG_CONFIG_HOME/holt/config.toml          for the user (~/.config where that is not set)
//   .holt.toml here or in the nearest folder above    for a project
//
// With HOLT_CONFIG in the environment its file alone is read; empty: none.
//
// A key is a long option without its dashes: of every command at the top, of one command in its
// table. A later file overrides an earlier one; lists are joined. Whoever works in a project need
// not trust it: its file may set only what changes how things are done, never where data goes or
// what is run, and it is passed over when it belongs to another user.
//
//   store = "/srv/store"
//   [snapshot]
//   exclude = ["*.o", "/build/"]
//   [restore]
//   link = "hardlink"
//
// Thread rule: the main thread; reads files and the environment.
#pragma once

#include <holt/error.hpp>

#include <string>
#include <vector>

namespace holt::cli {

struct Setting {
    std::string command;              ///< empty: of every command
    std::string option;               ///< "link"
    std::vector<std::string> values;  ///< one, or those of a list; "true" or "false" of a switch
    std::string file;                 ///< where it stands
};

/// Where the files are; tests have others. An empty path is no file.
struct ConfigFiles {
    std::string system = "/etc/holt/config.toml";
    std::string user{}, project{};

    static ConfigFiles of_environment();
};

/// All settings, those that override after those that they override. A file that cannot be read or
/// understood, or a project's that sets what it may not, is an error that names the place.
Result<std::vector<Setting>> read_config(const ConfigFiles& files);

}  // namespace holt::cli
