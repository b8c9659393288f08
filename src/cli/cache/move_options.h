// What a restore of the cache does with files that name the path they were saved at.
// Thread rule: one thread.
#pragma once

#include <holt/store.hpp>

#include <string>
#include <vector>

#include "cli/parse/options.h"

namespace holt::cli {

class MoveOptions {
  public:
    void define(OptionTable& table);
    void apply(RestoreOptions& options) const;

  private:
    bool as_it_was_ = false;
    std::vector<std::string> leave_;
};

}  // namespace holt::cli
