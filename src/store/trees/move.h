// What a tree becomes at another path than the one it was taken from.
//
// Files that name the old path are written with the new one (store/content/content_form.h), and
// symlinks into the tree lead into the new one. What matches a `leave` pattern stays as it was.
// Thread rule: const methods from any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "relocation/prefixes.h"
#include "store/content/chunk_reader.h"
#include "store/format/snapshot_record.h"
#include "store/operation/reporter.h"
#include "store/source/exclude.h"
#include "store/trees/restore_source.h"
#include "store/trees/selection.h"

namespace holt::store {

class Move {
  public:
    /// Of a tree that is to stand at the absolute path `target`. Nothing when it was not taken to
    /// be moved, or stands at its own path. `unsafe_input` for a path that no file can name.
    static Result<std::optional<Move>> make(const RestoreSource& source, const std::string& target,
                                            const std::vector<std::string>& leave);
    /// As it was remembered; nothing when that says that nothing was moved.
    static Result<std::optional<Move>> recall(const RestoreSource& source,
                                              const std::string& remembered);
    /// What recall() takes.
    std::string remember() const;

    const relocation::Prefixes& prefixes() const noexcept { return prefixes_; }

    /// Makes the entries of the folder at `path` what they become.
    void apply(Tree& tree, const std::string& path) const;
    /// Why a file cannot become what it should; empty when it can, or is to stay as it is.
    std::string problem_of(const TreeEntry& entry, const std::string& path) const;

  private:
    Move() = default;
    void apply(TreeEntry& entry, const std::string& path) const;

    relocation::Prefixes prefixes_;
    std::string target_;
    std::vector<std::string> leave_;
    Exclude left_;
};

/// Before anything is written: `unsafe_input` when a file of the tree cannot be moved. Each is
/// noted as a warning.
Status check_move(ChunkReader& reader, const TreeEntry& root, const Selection& selection,
                  const Move& move, Reporter& reporter);

}  // namespace holt::store
