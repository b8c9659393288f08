// What the program sets up for itself before anything else. Only the command line does this: the
// library has no global settings. Thread rule: once, before any thread is started.
#pragma once

namespace holt::cli {

/// Makes sure that descriptors 0 to 2 are open, so that no file of a store is ever opened as one of
/// them and then written to by a message; raises the soft limit of open files to the hard one;
/// installs the signal handlers.
void prepare_process() noexcept;

/// Takes back, in a forked child, what a program that it becomes would inherit of that. Safe there.
void restore_process_for_child() noexcept;

}  // namespace holt::cli
