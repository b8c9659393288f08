// A tree to compare: one in the store, or a folder on disk that is read and hashed as it is
// visited. Thread rule: one thread at a time.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/unique_fd.h"
#include "store/content/chunk_reader.h"
#include "store/format/tree.h"
#include "store/operation/reporter.h"
#include "store/pool/pool_links.h"
#include "store/source/source_devices.h"
#include "store/trees/link_heads.h"
#include "store/trees/selection.h"

namespace holt::store {

/// The entries of one folder in slices. Lives no longer than the view that it is of.
class FolderView {
  public:
    virtual ~FolderView() = default;
    /// The entries that come next, in order; none behind the last.
    virtual Result<Tree> next() = 0;
};

class TreeView {
  public:
    virtual ~TreeView() = default;
    virtual const TreeEntry& root() const = 0;
    /// The entries of a folder, which came from an earlier call; folders must be asked for in
    /// preorder.
    virtual Result<std::unique_ptr<FolderView>> list(const TreeEntry& folder,
                                                     const std::string& path) = 0;
    /// True when equal digests of two folders mean equal trees.
    virtual bool folders_have_digests() const = 0;
    /// True for what nobody put there: when the other side does not have it, that is no difference.
    virtual bool belongs_to_file_system(const std::string&) const { return false; }
    /// What of `here`, an entry of this tree, a restore of `other` by links is right to have made
    /// otherwise: it is as in `other` then.
    virtual void put_back(const TreeEntry& other, TreeEntry& here, const std::string& path) const {
        (void)other, (void)here, (void)path;
    }
};

/// Hard links are told from `root` on, whatever its path in the snapshot is.
class StoredTree final : public TreeView {
  public:
    /// With `heads` (link_heads.h) a hard link names the first of its names that are in sight, as
    /// one on disk does; without, the first that the snapshot has.
    StoredTree(ChunkReader& reader, TreeEntry root, std::optional<LinkHeads> heads = {})
        : reader_(reader), root_(std::move(root)), heads_(std::move(heads)) {}
    const TreeEntry& root() const override { return root_; }
    Result<std::unique_ptr<FolderView>> list(const TreeEntry& folder,
                                             const std::string& path) override;
    bool folders_have_digests() const override { return true; }

  private:
    ChunkReader& reader_;
    TreeEntry root_;
    std::optional<LinkHeads> heads_;
};

/// Files' content digests are computed, in parallel within a folder; chunk lists are not. What is
/// not selected is neither read nor listed. Of a folder with very many names only the names, and
/// what is no plain file, are kept while its files are read.
class FolderOnDisk final : public TreeView {
  public:
    /// `selection` and `reporter` outlive it. What is on disk and in no snapshot is told to
    /// `reporter`. Files may be links into the pool of `store`.
    static Result<std::unique_ptr<FolderOnDisk>> open(const std::string& path,
                                                      const StoreFolder& store,
                                                      const Selection& selection,
                                                      Reporter& reporter);
    const TreeEntry& root() const override { return root_; }
    Result<std::unique_ptr<FolderView>> list(const TreeEntry& folder,
                                             const std::string& path) override;
    bool folders_have_digests() const override { return false; }
    bool belongs_to_file_system(const std::string& path) const override;
    void put_back(const TreeEntry& other, TreeEntry& here, const std::string& path) const override;

  private:
    class Slices;
    FolderOnDisk(const StoreFolder& store, const Selection& selection, Reporter& reporter)
        : pool_(store), selection_(selection), reporter_(reporter) {}

    const PoolLinks pool_;
    const Selection& selection_;
    Reporter& reporter_;
    UniqueFd fd_;
    std::string shown_;
    TreeEntry root_;
    SourceDevices devices_;
    std::map<fs::Inode, std::string> first_names_;
};

}  // namespace holt::store
