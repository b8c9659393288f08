#include "store/restore_folders.h"

#include <utility>

#include "fs/file.h"
#include "fs/folder.h"

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

void RestoreFolders::keep(OutFolder& folder, std::shared_ptr<const UniqueFd> fd) {
    if (kept_count_.load(std::memory_order_relaxed) >= kOpenFolders) return;
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

Status RestoreFolders::apply(int fd, const fs::Metadata& metadata, const std::string& path) {
    HOLT_TRY_LET(warnings, fs::apply_metadata(fd, metadata, {.current_owner = &owner_}, path));
    for (const Error& warning : warnings) reporter_.note(Severity::warning, warning);
    if (recorder_ != nullptr) recorder_->took(fd, path);
    return {};
}

Status RestoreFolders::finish(OutFolder& folder) {
    HOLT_TRY_LET(fd, open(folder));
    return apply(fd->get(), metadata(folder.entry), folder.path);
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
