// The library's advice in words about this program's options and commands. Thread rule: pure.
#pragma once

#include <holt/error.hpp>

namespace holt::cli {

/// `error` with its advice code, if it has one, in the program's own words.
Error in_our_words(Error error);

}  // namespace holt::cli
