// The whole program behind main(): reads the command line, runs one command, reports.
// Thread rule: once per process; it changes signal handlers and limits of the process.
#pragma once

namespace holt::cli {

/// Runs `holt` and returns its exit code (SAFETY's table). Never throws, never calls exit().
int run(int argc, char** argv) noexcept;

}  // namespace holt::cli
