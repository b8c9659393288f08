// The file of `holt cache prebuild`: which environments, as JSON.
//
//   {"environments": [
//     {"name": "venv",                        for messages
//      "paths": [".venv"],                    one or more
//      "command": ["uv", "sync"],             or one text, which /bin/sh runs
//      "folder": "service",                   where it all is; relative to this file
//      "key": "K",                            or what the key is made of:
//      "files": [], "globs": [], "env": [], "texts": [], "tools": [], "platform": true,
//      "prefix": "venv-", "scope": "main"}]}
// Thread rule: pure functions, but for the file.
#pragma once

#include <holt/error.hpp>

#include <string>
#include <vector>

namespace holt::cli {

struct Prebuild {
    std::string name;
    std::string folder;                  ///< to run in
    std::vector<std::string> arguments;  ///< of `holt cache run`
};

/// `usage` for what is not such a file, naming the environment and the member.
Result<std::vector<Prebuild>> read_prebuild_file(const std::string& path);

}  // namespace holt::cli
