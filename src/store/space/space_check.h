// How a folder on disk differs from what a snapshot says of it: the first half of a repair in
// place, and all of `verify DIR`. Nothing is written here.
//
// Folders are looked at in parallel, each relative to its parent's descriptor: one open, one stat
// for each name that the snapshot has. What a record (space_records.h) proves to be as it was is
// not read; a folder that is proved so is not even listed. Everything else is: content is hashed,
// targets and attributes are read. A record proves that the disk has what the base had there, the
// snapshot that the space was restored from; when another one is wanted, entries that are equal in
// both need not be read either, and files that differ need not be hashed to be known to differ.
//
// Nothing that is mounted in the folder is looked at: where the snapshot has something there the
// check fails (ErrorKind::unsafe_input), and what the snapshot does not have there is not counted.
//
// A folder that its own user may not list or search is opened up when it is to be mended, and named
// and left out of a check that may not change anything.
//
// What is not selected is not looked at. So a folder in which something is not gets no record; and
// what stands in the way of a selected entry without being selected, or with something in it that
// is not, is an error: it may neither stay nor go.
//
// Hard links: the names of one inode must be one inode, and no others may. Thread rule: one check,
// one thread; it uses all that oneTBB has.
#pragma once

#include <holt/cancel.hpp>
#include <holt/store.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "fs/file_clock.h"
#include "fs/mount/mounts.h"
#include "store/content/chunk_reader.h"
#include "store/format/space_records.h"
#include "store/operation/reporter.h"
#include "store/pool/pool_links.h"
#include "store/restore/restore_plan.h"
#include "store/trees/diff.h"
#include "store/trees/move.h"
#include "store/trees/owner_rule.h"
#include "store/trees/selection.h"

namespace holt::store {

/// What has to be done about one entry of a folder.
enum class Need : std::uint8_t {
    make,      ///< nothing of its name is there, or something that a rename cannot replace
    content,   ///< a file, symlink or FIFO that is another one; a rename replaces it
    metadata,  ///< a file whose mode, owner or times differ
    link       ///< a further name that must be linked to the first one anew
};

struct SpaceItem {
    std::uint32_t index = 0;  ///< in the folder's tree
    Need need = Need::make;
    bool in_the_way = false;  ///< something of its name must be moved aside first
};

/// A folder in which something is not as the snapshot has it.
struct SpaceFolder {
    std::string path;
    TreeEntry entry;  ///< what it shall be
    std::vector<SpaceItem> items{};
    std::vector<TreeEntry> entries{};  ///< of the items, one each; empty: to be read from its tree
    /// Names that the snapshot does not have; or paths from the folder, of what stands beside a
    /// mount in such a name.
    std::vector<std::string> extras{};
    /// Its own metadata are not selected: it keeps what it has.
    std::optional<fs::FileStat> keeps{};
    bool self = false;      ///< its own mode, owner, times or attributes differ
    bool writable = false;  ///< it is there, and its user may write into it
};

struct SpaceFindings {
    std::vector<SpaceFolder> folders;  ///< sorted by path, so parents before what is in them
    std::optional<fs::FileStat> root_keeps{};  ///< as SpaceFolder::keeps
    bool marked = false;                       ///< an earlier run did not come to its end
    std::vector<SpaceRecord> learnt{};         ///< of entries that were read and found right
    std::uint64_t kept = 0;                    ///< files that are right
    std::uint64_t hashed = 0;                  ///< files that were read to know that

    bool nothing_to_do() const noexcept { return folders.empty() && !marked; }
};

struct SpaceCheckInput {
    int root = -1;                          ///< the folder, open
    std::string name{};                     ///< its own name: which names in it are staging folders
    std::string shown{};                    ///< its path, for errors
    TreeEntry target{};                     ///< what it shall be
    const LinkHeads* heads = nullptr;       ///< of the target's hard links
    const Selection& selection;             ///< what is looked at; it was looked into
    bool keep_extras = false;               ///< names that the snapshot does not have are right
    const SpaceRecords* records = nullptr;  ///< null: everything is read
    std::optional<TreeEntry> base{};        ///< what the records are records of
    OwnerRule owner_rule{};                 ///< makes the entries below `target` what they shall be
    const Move* move = nullptr;             ///< so does it; null: everything is as it was
    Owners owners = Owners::compare;
    const fs::MountsBelow* mounts = nullptr;   ///< of which the target has none (mounts_met.h)
    std::optional<std::uint16_t> root_mode{};  ///< of the root before it was opened up
    /// Gives the folder at a path from the root to its own user; called from any thread. Without
    /// it, what cannot be read is noted as left out.
    std::function<Status(const std::string& path)> open_up{};
    std::optional<Time> fixed_mtime{};  ///< every time of modification shall be this
    /// Files may be links into it: without write bits, and sharing their inode. Null: none may.
    const PoolLinks* pool = nullptr;
    bool any_mtime = false;  ///< they may be what they are
    /// Of the folder's file system, before anything was looked at. None: nothing is learnt.
    std::optional<fs::ClockReading> clock{};
    /// Of attributes that this process is not shown.
    Severity unseen = Severity::info;
    const Cancel* cancel = nullptr;
    /// Is told each difference, in no order, from any thread but one at a time. Costs that of files
    /// that differ more is found out than a repair needs to know.
    std::function<void(DiffEntry)> describe{};
};

Result<SpaceFindings> check_space(ChunkReader& reader, const SpaceCheckInput& input,
                                  Reporter& reporter);

}  // namespace holt::store
