// Whose the files of a tree become when it is restored or imported.
//
// `preserve` keeps what the tree says (and as an ordinary user what new files get). In a user
// namespace most owners do not exist: there `caller`, or a given owner, makes a tree that can be
// restored in full. A setuid or setgid file that gets another owner loses those bits: they would
// give away the rights of whom it becomes. Thread rule: a value.
#pragma once

#include <holt/store.hpp>

#include <optional>
#include <string>

#include "base/error.h"
#include "fs/metadata/metadata.h"
#include "store/format/tree.h"
#include "store/operation/reporter.h"

namespace holt::store {

class OwnerRule {
  public:
    /// `usage` when a given owner can belong to nobody, `failed` when this user may not give files
    /// away.
    static Result<OwnerRule> make(const OwnerChoice& choice, const char* operation);

    /// Makes an entry what it becomes. True when it loses setuid or setgid.
    bool apply(TreeEntry& entry) const noexcept;
    void apply(Tree& tree) const noexcept {
        if (owner_)
            for (TreeEntry& entry : tree) apply(entry);
    }
    /// The same, and tells of entries that lose such bits; `path` is the tree's folder.
    void apply(Tree& tree, const std::string& path, Reporter& reporter) const;
    /// The one owner of all; nothing where the tree says.
    const std::optional<fs::Owner>& owner() const noexcept { return owner_; }

  private:
    std::optional<fs::Owner> owner_{};
};

/// Tells that a file that gets another owner loses the bits that would give his rights away.
void tell_lost_rights(Reporter& reporter, const std::string& path);

}  // namespace holt::store
