// What may stand at a place in a command line: commands, options, their values, snapshots, paths in
// them. Read off the tables that the parser fills in. Thread rule: the main thread.
#pragma once

#include <holt/store.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "cli/parse/command_line.h"

namespace holt::cli {

struct Answer {
    /// What may stand there besides the words.
    enum class Kind : std::uint8_t { words, files, folders };
    Kind kind = Kind::words;
    std::vector<std::pair<std::string, std::string>> words{};  ///< and what help says of them
};

/// `arguments`: all after the program's name, the last of which is being written. `open` opens the
/// store when it is asked about; one that cannot be opened offers nothing.
Answer answer(CommandLine& line, const std::vector<std::string>& arguments,
              const std::function<Result<Store>(const std::string& store)>& open);

}  // namespace holt::cli
