// Which scopes this process may save in. Whoever starts jobs says so in $HOLT_WRITE_SCOPES, a list
// with commas of names and of beginnings that end in '*': "pr/*". It keeps honest jobs apart; users
// that do not trust each other need stores of their own.
// Thread rule: reads the environment.
#pragma once

#include <holt/error.hpp>

#include <string>

namespace holt::cli {

/// `unsafe_input` when the variable is set and names no such scope.
Status check_may_write(const std::string& scope);

}  // namespace holt::cli
