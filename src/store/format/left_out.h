// Items that were left out of a snapshot although they were there: how the reason is recorded, and
// how each later operation tells it. What was at or below such a path is unknown: it is never made
// equal to anything, and nothing at or below it is changed, removed or called too many.
// Thread rule: pure functions.
#pragma once

#include <string>

#include "store/format/tree.h"
#include "store/operation/reporter.h"

namespace holt::store {

/// Why an item that could not be read because of `error` is not in the snapshot.
LeftOut why_left_out(const Error& error) noexcept;

/// What is kept of an item that could not be read: its name and, unless it is `unseen`, its record.
void make_left_out(TreeEntry& entry, LeftOut why);

/// The error that says so: `partial`.
Error left_out_error(const char* operation, const TreeEntry& entry, const std::string& path);

/// Tells what the snapshot lacks of this entry itself, if anything, as left out.
void tell_left_out(Reporter& reporter, const char* operation, const TreeEntry& entry,
                   const std::string& path);

}  // namespace holt::store
