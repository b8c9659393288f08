// What a tree becomes at another path than the one it was taken from.
//
// Files that name the old path are written with the new one (store/content/content_form.h), and
// symlinks into the tree lead into the new one. Of folders that were saved together each has its
// path, and its files may name all. In files that match a `leave` pattern what cannot be moved
// stays as it was.
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
    /// Of a tree whose folders are to stand at these absolute paths (targets_of). Nothing when it
    /// was not taken to be moved, or all stand at their own paths.
    static Result<std::optional<Move>> make(const RestoreSource& source,
                                            std::vector<std::string> targets,
                                            const std::vector<std::string>& leave);
    /// As it was remembered; nothing when that says that nothing was moved.
    static Result<std::optional<Move>> recall(const RestoreSource& source,
                                              const std::string& remembered);
    /// What recall() takes.
    std::string remember() const;

    /// Why no file can name a path that it is moved to, if that is so: a file that would have to
    /// cannot be moved.
    const std::optional<Error>& unnameable() const noexcept { return unnameable_; }
    const relocation::Prefixes& prefixes() const noexcept { return prefixes_; }

    /// Makes the entries of the folder at `path` what they become.
    void apply(Tree& tree, const std::string& path) const;
    /// The size that a file gets.
    std::uint64_t size_of(const TreeEntry& entry, const std::string& path) const;
    /// Why a file cannot become what it should; empty when it can, or is to stay as it is.
    std::string problem_of(const TreeEntry& entry, const std::string& path) const;

  private:
    Move() = default;
    void apply(TreeEntry& entry, const std::string& path) const;

    relocation::Prefixes prefixes_;
    std::vector<std::string> targets_;
    std::optional<Error> unnameable_;
    std::string target_, leaving_;  // as relocation/target.h has them
    std::vector<std::string> leave_;
    Exclude left_;
};

/// Whether the tree's files name its path by places that a restore can write anew. Of a part of a
/// tree nothing is moved, as the files name the whole one; one of several folders is whole.
Result<bool> is_movable(const RestoreSource& source);

/// For Move::make, of the tree that will stand at `target`. `beside`: where all of the folders that
/// it was saved with are to stand, if that is known.
std::vector<std::string> targets_of(const RestoreSource& source, const std::string& target,
                                    const std::vector<std::string>& beside);

/// Before anything is written: `unsafe_input` when a file of the tree cannot be moved. Each is
/// noted as a warning.
Status check_move(ChunkReader& reader, const TreeEntry& root, const Selection& selection,
                  const Move& move, Reporter& reporter);

}  // namespace holt::store
