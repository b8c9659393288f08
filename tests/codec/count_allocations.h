// Counts calls of operator new in a test program, for tests that a reused object allocates nothing.
// Thread rule: the count is over all threads.
#pragma once

#include <cstddef>

namespace holt::test {
/// Calls of any operator new since the program began.
std::size_t count_of_allocations() noexcept;
}  // namespace holt::test
