// What flows through the snapshot's pipeline, and the folders that are being put together
// meanwhile.
//
// A unit is one piece of work: a batch of small files that are still to be read, or one chunk of a
// large file that was read already, with the entries of the folders that these stand in. Its type
// says how far it came, and each stage takes it from the one before:
//
//   ListedUnit   made by the source; nothing has a digest, small files have no content
//   ReadUnit     only read_and_hash() makes one: digests are there and stay as they are, and no
//                folder is held open any more. The assembler takes it apart
//
// Units keep
// the walk's order; everything that is decided in order (what is new, what stands in which block)
// is therefore the same for any number of threads. A folder with very many names comes in slices,
// so that no more than some thousand of its entries are held at a time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/unique_fd.h"
#include "codec/blake3/blake3.h"
#include "fs/metadata/metadata.h"
#include "fs/stat.h"
#include "store/catalog/catalog.h"
#include "store/format/tree.h"
#include "store/format/tree_encoder.h"
#include "store/source/source_devices.h"

namespace holt::store {

class Profile;
class RelocationScan;

/// A folder whose tree is not complete yet. Made by the source, which changes nothing of it once it
/// was handed over, and completed by the assembler, in order.
struct FolderState {
    explicit FolderState(std::size_t names) : tree(names) { stats.reserve(names); }

    std::string path;               ///< from the root; "" is the root
    FolderState* parent = nullptr;  ///< null for the root
    TreeEncoder::Place place = 0;   ///< in its parent's tree: which of its subfolders it is
    std::optional<Error> failed{};  ///< why it could not be listed: it is left out
    TreeEntry self;                 ///< its own entry; content follows when the tree is complete
    std::optional<Digest> base_tree{};  ///< the base snapshot's tree of this folder
    SourceDevice* device = nullptr;     ///< that it lies on
    // What the assembler has so far.
    TreeEncoder tree;
    std::vector<StatRecord> stats;  ///< parallel to the entries
    Holds stats_hold = Holds::always;
    std::size_t waits_for = 0;  ///< subfolders that are not complete
    bool listed = false;        ///< all its entries came
    /// Files that .pyc files may state the size of, and that name the snapshot's folder: by name.
    std::map<std::string, TreeEntry> sources{};
    std::uint64_t unsynced_files = 0, unsynced_bytes = 0;
};

/// Entries of one folder, in order.
struct Slice {
    FolderState* folder = nullptr;
    Tree entries{};  ///< files' content is filled in from the items, subfolders' comes later
    std::vector<StatRecord> stats{};  ///< parallel to entries
    Holds hold = Holds::always;       ///< of the records
    bool ends = false;                ///< no more entries of the folder follow
    /// Of .pyc files that state how large their source was: that size, by index.
    std::map<std::size_t, std::uint32_t> source_sizes{};
};

/// Bytes of a unit's data.
struct ByteRange {
    std::size_t offset = 0, length = 0;
};

/// One file, or one chunk of a large file.
struct FileItem {
    FolderState* folder = nullptr;
    /// Its entry in the unit: of a large file only what ends it has one.
    std::size_t slice = 0, index = 0;
    enum class What : std::uint8_t {
        read,        ///< a small file: the parallel stage opens and reads it
        chunk,       ///< a chunk of a large file, in the unit's data; more follow
        last_chunk,  ///< the file's last chunk (which may be empty)
        restart,     ///< the file changed while it was read: forget its chunks so far
        known,       ///< its entry is complete already; only its inode is to be remembered
        again,       ///< a further name of an inode that came earlier: the same content
        failed,      ///< left out: error says why
    } what = What::read;
    std::size_t offset = 0, length = 0;  ///< of its bytes in the unit's data
    bool zeros =
        false;  ///< a chunk of zeros, which are not in the unit's data; its digest is known
    /// chunk, last_chunk: its place in the file, and in the unit's data what the file has there.
    /// That is the chunk itself, unless something in it was replaced.
    std::uint64_t at = 0;
    ByteRange original{};
    Bytes relocation{};  ///< its places, encoded; what is in the unit's data is the stored form
    /// Of a .pyc that says when and how large its source was: that size.
    std::optional<std::uint32_t> source_size{};
    fs::FileStat stat{};  ///< as of the descriptor the content was read from
    fs::Xattrs xattrs{};
    fs::XattrLosses lost{};
    std::vector<fs::Range> holes{};
    StatRecord record{};                  ///< what may prove it unchanged next time
    std::optional<fs::Inode> linked{};    ///< set when the inode has several names
    std::optional<std::uint16_t> mode{};  ///< when that of its inode is not the file's own
    std::optional<Error> error{};
};

struct ListedUnit {
    std::vector<std::unique_ptr<FolderState>> entered;  ///< folders that begin in it
    std::vector<Slice> slices;
    std::vector<FileItem> items;
    std::vector<std::shared_ptr<const UniqueFd>>
        folder_fds;  ///< parallel to items; keeps them open
    Bytes data;
};

/// What was hashed of an item.
struct ItemDigests {
    Digest bytes{};  ///< of its bytes: the chunk's digest
    /// read, with places: of the whole file as it was found.
    Digest whole{};
    /// chunk, last_chunk: of what the file has there, for the digest of the whole file.
    blake3::Part part{};
};

class ReadUnit {
  public:
    ReadUnit(ReadUnit&&) = default;

    // For the assembler, which moves out of them.
    std::vector<std::unique_ptr<FolderState>>& entered() noexcept { return entered_; }
    std::vector<Slice>& slices() noexcept { return slices_; }
    std::vector<FileItem>& items() noexcept { return items_; }

    const ItemDigests& digests(std::size_t item) const noexcept { return digests_[item]; }
    ByteView data() const noexcept { return data_; }

  private:
    friend ReadUnit read_and_hash(ListedUnit&& unit, const RelocationScan* scan, Profile& profile);
    ReadUnit(ListedUnit&& unit, std::vector<ItemDigests> digests)
        : entered_(std::move(unit.entered)),
          slices_(std::move(unit.slices)),
          items_(std::move(unit.items)),
          digests_(std::move(digests)),
          data_(std::move(unit.data)) {}

    std::vector<std::unique_ptr<FolderState>> entered_;
    std::vector<Slice> slices_;
    std::vector<FileItem> items_;
    std::vector<ItemDigests> digests_;  // parallel to items_
    Bytes data_;
};

}  // namespace holt::store
