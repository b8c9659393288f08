#include "store/restore/restore_folders.h"

#include <utility>

#include "fs/file.h"
#include "fs/folder.h"
#include "fs/staging/tree_writer.h"

namespace holt::store {

OutFolder* RestoreFolders::add(OutFolder* parent, std::string path, TreeEntry entry) {
    auto folder = std::make_unique<OutFolder>();
    folder->parent = parent;
    folder->path = std::move(path);
    folder->entry = std::move(entry);
    if (parent != nullptr) ++parent->pending;
    return folder.release();  // done() deletes it when nothing waits for it any more
}

Result<std::shared_ptr<const UniqueFd>> RestoreFolders::open(OutFolder& folder) {
    if (folder.kept) return folder.kept;
    if (folder.parent != nullptr && folder.parent->kept) {
        const std::string name = folder.path.substr(folder.path.rfind('/') + 1);
        HOLT_TRY_LET(fd, fs::open_subfolder(folder.parent->kept->get(), name, folder.path));
        return std::make_shared<const UniqueFd>(std::move(fd));
    }
    HOLT_TRY_LET(fd, fs::open_beneath(root_, folder.path, folder.path));
    return std::make_shared<const UniqueFd>(std::move(fd));
}

Result<UniqueFd> RestoreFolders::open_path(const std::string& path) {
    return fs::open_beneath(root_, path, path);
}

Result<UniqueFd> RestoreFolders::open_up_path(const std::string& path,
                                              std::vector<fs::OpenedUp>& opened) {
    HOLT_TRY_LET(boundary, fs::Boundary::around(root_, path));
    return fs::open_up_beneath(root_, path, boundary, path, opened);
}

void RestoreFolders::keep(OutFolder& folder, std::shared_ptr<const UniqueFd> fd) {
    if (kept_count_.load(std::memory_order_relaxed) >= most_kept_) return;
    ++kept_count_;
    folder.kept = std::move(fd);
}

fs::Metadata RestoreFolders::metadata(const TreeEntry& entry) const {
    return {.mode = entry.mode,
            .uid = entry.uid,
            .gid = entry.gid,
            .mtime = mtime(entry),
            .xattrs = entry.xattrs};
}

void RestoreFolders::tell(const fs::Warnings& warnings) {
    for (const Error& warning : warnings) reporter_.tally(Severity::warning, warning);
}

Result<bool> RestoreFolders::set(int fd, const fs::Metadata& metadata, const std::string& path) {
    HOLT_TRY_LET(warnings, fs::apply_metadata(fd, metadata, {.current_owner = &owner_}, path));
    tell(warnings);
    return warnings.empty();
}

Status RestoreFolders::apply(int fd, const fs::Metadata& metadata, const std::string& path) {
    HOLT_TRY_LET(right, set(fd, metadata, path));
    // What is not as it shall be is not remembered as right.
    if (recorder_ == nullptr || !right) return {};
    if (const auto stat = fs::stat_fd(fd, path)) took(*stat, metadata.mtime, path);
    return {};
}

// A link gave the file another ctime. Whoever wrote to it meanwhile, through another of its names,
// gave it another time of modification too.
void RestoreFolders::took_link(int fd, const fs::FileStat& checked, const std::string& path) {
    if (recorder_ == nullptr) return;
    const auto stat = fs::stat_fd(fd, path);
    const bool is_in_tree = stat && stat->nlink > 0;
    if (is_in_tree && stat->mtime == checked.mtime && stat->size == checked.size)
        recorder_->took(*stat, path);
}

// A file system may hold fewer years than another, or no fractions of a second: setting such a time
// succeeds, and gives another.
void RestoreFolders::took(const fs::FileStat& stat, Time wanted, const std::string& path) {
    if (stat.mtime != wanted) {
        reporter_.tally(Severity::warning,
                        fail(ErrorKind::partial, "set time of", path,
                             "the file system cannot hold its time of modification")
                            .error());
        return;
    }
    if (recorder_ != nullptr) recorder_->took(stat, path);
}

// Out of sight of others (the staging folder is 0700), so that nobody sees it with its own mode
// before it is complete.
std::uint16_t RestoreFolders::new_mode(const TreeEntry& entry) const noexcept {
    if (made_as_it_shall_be(entry)) return entry.mode;
    return entry.kind == fs::Kind::folder ? fs::kNewFolderMode : fs::kNewFileMode;
}

bool RestoreFolders::made_as_it_shall_be(const TreeEntry& entry) const noexcept {
    const bool needs_more = recorder_ == nullptr || !entry.xattrs.empty() ||
                            (entry.mode & ~0777) != 0 || owner_ != fs::Owner{entry.uid, entry.gid};
    // A folder is written into before it is what it shall be.
    const bool closed = entry.kind == fs::Kind::folder && (entry.mode & 0700) != 0700;
    return !needs_more && !closed &&
           (entry.mode & refused_bits_.load(std::memory_order_relaxed)) == 0;
}

Status RestoreFolders::finish(int fd, const TreeEntry& entry, const std::string& path) {
    if (!made_as_it_shall_be(entry)) return apply(fd, metadata(entry), path);
    HOLT_TRY(fs::set_mtime(fd, mtime(entry), path));
    HOLT_TRY_LET(stat, fs::stat_fd(fd, path));
    if (stat.mode != entry.mode) {
        refused_bits_.fetch_or(static_cast<std::uint16_t>(entry.mode & ~stat.mode),
                               std::memory_order_relaxed);
        return apply(fd, metadata(entry), path);
    }
    took(stat, mtime(entry), path);
    return {};
}

Status RestoreFolders::finish(OutFolder& folder) {
    HOLT_TRY_LET(fd, open(folder));
    return finish(fd->get(), folder.entry, folder.path);
}

void RestoreFolders::done(OutFolder* folder) {
    while (folder != nullptr && --folder->pending == 0) {
        const std::unique_ptr<OutFolder> finished(folder);
        if (!first_.stopped()) first_.keep(finish(*finished));
        if (finished->kept) --kept_count_;
        folder = finished->parent;
    }
}

}  // namespace holt::store
