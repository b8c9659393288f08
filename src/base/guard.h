// The steps that safety rests on, by name: each fsync, lock, check of a digest, second look and
// bound that is marked so can be left out in a developer's build, one at a time, to see that a test
// notices (`./dev faults --prove`). A step that nobody would miss is a missing test.
//
//   if (guard("fsync of a file")) HOLT_TRY(sync_fd(...));
//   if (guard("digest of a chunk") && digest != wanted) return fail(...);
//
// A release build has no switch: there it is always true. Thread rule: from any thread.
#pragma once

namespace holt {

#ifdef NDEBUG
constexpr bool guard(const char*) noexcept {
    return true;
}
#else
/// False for the step that the variable HOLT_LEAVE_OUT names.
bool guard(const char* name) noexcept;
#endif

}  // namespace holt
