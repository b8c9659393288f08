#include "cli/cache/move_options.h"

namespace holt::cli {

void MoveOptions::define(OptionTable& table) {
    add_switch(table, "--no-relocate", as_it_was_,
               "every file as it was saved, also where it names the old path");
    add_list(table, "--leave", leave_, "GLOB",
             "files in which what cannot be moved stays as it was; may be repeated");
}

void MoveOptions::apply(RestoreOptions& options) const {
    options.relocate = !as_it_was_;
    options.leave = leave_;
}

}  // namespace holt::cli
