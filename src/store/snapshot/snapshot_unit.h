// What flows through the snapshot's pipeline, and the folders that are being put together
// meanwhile.
//
// A Unit is one piece of work: a batch of small files that are still to be read, or one chunk of a
// large file that was read already. Units keep the walk's order; everything that is decided in
// order (what is new, what stands in which block) is therefore the same for any number of threads.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/unique_fd.h"
#include "fs/metadata/metadata.h"
#include "fs/stat.h"
#include "store/catalog/catalog.h"
#include "store/format/tree.h"
#include "store/source/source_devices.h"

namespace holt::store {

/// A folder whose tree is not complete yet. Made by the source, completed by the assembler, in
/// order.
struct FolderState {
    std::string path;               ///< from the root; "" is the root
    FolderState* parent = nullptr;  ///< null for the root
    std::size_t index_in_parent = 0;
    std::optional<Error> failed{};  ///< why it could not be listed: it is left out
    TreeEntry self;                 ///< its own entry; content follows when the tree is complete
    std::optional<Digest> base_tree{};  ///< the base snapshot's tree of this folder
    Tree entries;  ///< sorted; files' and folders' content is filled in as it comes
    std::vector<StatRecord> stats;  ///< parallel to entries
    Holds stats_hold = Holds::always;
    SourceDevice* device = nullptr;  ///< that it lies on
    std::size_t pending = 0;         ///< items and subfolders that are not complete
};

/// One file, or one chunk of a large file.
struct FileItem {
    FolderState* folder = nullptr;
    std::size_t index = 0;  ///< into folder->entries
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
        false;        ///< a chunk of zeros, which are not in the unit's data; its digest is known
    Digest digest{};  ///< of those bytes
    Digest whole{};   ///< last_chunk: of the whole file
    fs::FileStat stat{};  ///< as of the descriptor the content was read from
    fs::Xattrs xattrs{};
    fs::XattrLosses lost{};
    std::vector<fs::Range> holes{};
    StatRecord record{};                ///< what may prove it unchanged next time
    std::optional<fs::Inode> linked{};  ///< set when the inode has several names
    std::optional<Error> error{};
};

struct Unit {
    std::vector<std::unique_ptr<FolderState>> entered;  ///< folders that begin before the items
    std::vector<FileItem> items;
    std::vector<std::shared_ptr<const UniqueFd>>
        folder_fds;  ///< parallel to items; keeps them open
    Bytes data;
};

}  // namespace holt::store
