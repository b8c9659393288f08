// Which entries of a tree an operation is about: --include and --exclude.
//
// An entry is selected when neither it nor a folder above it matches `exclude` and, if there is an
// `include`, it or the nearest folder above it that `include` says anything of matches. A folder
// that is not selected itself but may hold selected entries is on the way to them. By the patterns
// alone that is a guess; look_into() finds out for a snapshot's tree which such folders really lead
// somewhere, and then a walk of that tree makes and enters no others. Without patterns all is
// selected, and nothing is asked of anything. Thread rule: const methods from any thread.
#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "store/content/chunk_reader.h"
#include "store/source/exclude.h"

namespace holt::store {

/// What an operation has to do with an entry.
enum class Role : std::uint8_t {
    none,  ///< nothing
    way,   ///< a folder that selected entries may stand below; its own metadata are not selected
    selected
};

class Selection {
  public:
    /// Everything.
    Selection() = default;
    /// Refuses (usage) what Exclude::compile refuses.
    static Result<Selection> compile(const std::vector<std::string>& include,
                                     const std::vector<std::string>& exclude);
    /// Only the entry of this name in the root.
    static Selection only(const std::string& name);

    bool all() const noexcept { return include_.empty() && exclude_.empty(); }
    /// Whether the root's own metadata are selected.
    bool selects_root() const noexcept { return include_.empty(); }

    /// What holds for everything in one folder: its entries are asked for by that.
    class Folder {
      public:
        Role role(const std::string& path, fs::Kind kind) const;
        /// The same of the tree that was looked into: a way leads somewhere.
        Role role_in_tree(const std::string& path, fs::Kind kind) const;

      private:
        friend class Selection;
        explicit Folder(const Selection& selection)
            : selection_(selection), included_(selection.include_.empty()) {}
        const Selection& selection_;
        bool excluded_ = false;
        bool included_;
    };
    /// `path` is relative to the root; "" is the root.
    Folder folder(const std::string& path) const;
    bool selects(const std::string& path, fs::Kind kind) const;

    /// Finds out which folders of the tree lead to selected entries. Reads trees only when there is
    /// an include. `not_found` when it selects nothing; `operation` and `object` are for that.
    Status look_into(ChunkReader& reader, const TreeEntry& root, const char* operation,
                     const std::string& object);
    /// The same, and no error when nothing is selected: something else may be. May be called for
    /// several trees that are looked at side by side.
    Status look_for_any(ChunkReader& reader, const TreeEntry& root);
    /// As far as look_into() found: false when nothing in the tree is selected.
    bool found_any() const noexcept { return selects_root() || found_any_; }

    /// Drops what the tree walk has nothing to do with from the entries of the folder `path`.
    void keep_selected(Tree& tree, const std::string& path) const;

  private:
    void add_ways(std::string path);

    Exclude include_, exclude_;
    std::unordered_set<std::string> ways_;
    bool found_any_ = false;
};

/// The error of an include that selects nothing.
std::unexpected<Error> nothing_selected(const char* operation, const std::string& object);

}  // namespace holt::store
