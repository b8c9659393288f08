// The options of what reads an archive that somebody else made: `import`, and `restore` out of a
// file. Thread rule: the main thread; must outlive the table.
#pragma once

#include <holt/archive.hpp>

#include <string>
#include <string_view>

#include "cli/parse/option_table.h"

namespace holt::cli {

class ImportOptionTexts {
  public:
    void define(OptionTable& table);
    /// Reads the values into `options`.
    Status complete(std::string_view command, ImportOptions& options) const;

  private:
    bool special_modes_ = false, special_files_ = false, all_xattrs_ = false;
    std::string entries_, depth_, size_, ratio_, metadata_, memory_;
};

}  // namespace holt::cli
