// A question that is answered on standard input. Thread rule: the main thread.
#pragma once

namespace holt::cli {

/// Reads a line; true for one that begins with y.
bool answered_yes();

}  // namespace holt::cli
