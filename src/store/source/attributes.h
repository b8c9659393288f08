// Extended attributes that are not kept, or cannot be compared: how they are told.
//
// Thread rule: each function from any thread.
#pragma once

#include <cstdint>
#include <string>

#include "fs/metadata/metadata.h"
#include "store/format/tree.h"
#include "store/operation/reporter.h"

namespace holt::store {

/// Tells what of an entry's attributes a snapshot does not keep: what is foreign as information.
/// What could not be read is left out, and marks the entry.
void tell_lost(Reporter& reporter, const fs::XattrLosses& lost, TreeEntry& entry,
               const std::string& path);

/// How the attributes on disk are to those of a snapshot.
enum class Likeness : std::uint8_t {
    same,
    as_shown,  ///< the same as far as they are known, or this process is shown them
    differs
};

/// Compares what a snapshot says with what is on disk. This process may not be shown all that is
/// there (trusted.*): that is no difference, and is told.
class AttributeComparison {
  public:
    /// `severity` of what could not be compared.
    AttributeComparison(Reporter& reporter, Severity severity)
        : reporter_(reporter), severity_(severity) {}

    Likeness compare(const TreeEntry& wanted, const fs::Xattrs& on_disk,
                     const std::string& path) const;
    /// What of `wanted` this process is shown.
    fs::Xattrs shown(fs::Xattrs wanted, const std::string& path) const;

  private:
    Reporter& reporter_;
    const Severity severity_;
};

}  // namespace holt::store
