#include "store/restore/restore_plan.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "fs/folder.h"
#include "fs/staging/tree_writer.h"
#include "store/format/left_out.h"

namespace holt::store {
namespace {

// Python takes a .pyc for old when its source has another time than it states.
Error stale_cache(const std::string& path) {
    return fail(ErrorKind::partial, "set time beside", path,
                "it states its source's time, which is another one now: Python compiles the source "
                "again",
                Advice::keep_times)
        .error();
}

}  // namespace

RestorePlan::RestorePlan(const Restoring& restoring, RestoreFolders& folders, Locate locate,
                         LeftOutFolders left_out)
    : in_(restoring), folders_(folders), locate_(locate), left_out_(left_out) {
    for (const auto& [target, path] : in_.heads) head_paths_.emplace(path, true);
    root_ = folders_.add(nullptr, "", in_.source.entry);
}

RestorePlan::~RestorePlan() {
    abandon();
}

void RestorePlan::abandon() {
    if (at_) folders_.done(at_->folder);
    at_.reset();
    // Emptied where they are: a destructor must not need memory.
    if (root_ != nullptr) folders_.done(std::exchange(root_, nullptr));
    for (const Below& below : to_visit_) folders_.done(below.folder);
    to_visit_.clear();
    for (const auto& job : ready_) folders_.done(job->folder);
    ready_.clear();
    for (const FolderLinks& links : links_) folders_.done(links.folder);
    links_.clear();
}

Result<std::unique_ptr<RestoreJob>> RestorePlan::next() {
    while (ready_.empty()) {
        if (!at_) {
            HOLT_TRY_LET(entered, enter());
            if (!entered) return nullptr;
        }
        const Status planned = plan_slice();
        if (!planned || at_->entries.ended()) leave();
        if (!planned) return std::unexpected(planned.error());
    }
    auto job = std::move(ready_.front());
    ready_.pop_front();
    return job;
}

// The folder that comes next, null when all were visited.
Result<OutFolder*> RestorePlan::next_folder() {
    if (root_ != nullptr) return std::exchange(root_, nullptr);
    while (!to_visit_.empty()) {
        Below& below = to_visit_.back();
        HOLT_TRY_LET(entry, below.entries.first());
        if (entry != nullptr) {
            std::string path = fs::join_path(below.folder->path, entry->name);
            OutFolder* const folder =
                folders_.add(below.folder, std::move(path), std::move(*entry));
            below.entries.drop_first();
            return folder;
        }
        OutFolder* const all_visited = below.folder;
        to_visit_.pop_back();
        folders_.done(all_visited);
    }
    return nullptr;
}

// Goes into the folder that comes next, if there is one.
Result<bool> RestorePlan::enter() {
    HOLT_TRY_LET(folder, next_folder());
    if (folder == nullptr) return false;
    ++counts_.folders;
    auto fd = folders_.open(*folder);
    if (!fd) {
        folders_.done(folder);
        return std::unexpected(std::move(fd).error());
    }
    folders_.keep(*folder, *fd);
    at_.emplace(Visit{.folder = folder,
                      .fd = *std::move(fd),
                      .entries = TreeCursor(in_.reader, folder->entry, folder->path),
                      .below = {},
                      .links = {.folder = folder}});
    return true;
}

// All in the folder at hand is planned, or the restore failed.
void RestorePlan::leave() {
    OutFolder* const folder = at_->folder;
    if (!at_->below.empty()) {
        to_visit_.push_back({.folder = folder, .entries = std::move(at_->below)});
        ++folder->pending;
    }
    at_->links.specials.seal();
    at_->links.links.seal();
    if (!at_->links.specials.empty() || !at_->links.links.empty()) {
        ++folder->pending;
        links_.push_back(std::move(at_->links));
    }
    at_.reset();
    folders_.done(folder);  // the hold that add() gave us
}

const std::string* RestorePlan::link_head_of(const TreeEntry& entry,
                                             const std::string& path) const {
    const auto head = in_.heads.find(entry.hard_link_to);
    return head != in_.heads.end() && head->second != path ? &head->second : nullptr;
}

// Makes the subfolders among the next entries of the folder at hand, and jobs of the files.
Status RestorePlan::plan_slice() {
    OutFolder* const folder = at_->folder;
    HOLT_TRY_LET(slice, at_->entries.next());
    in_.selection.keep_selected(slice, folder->path);
    in_.owners.apply(slice, folder->path, folders_.reporter());
    if (in_.move != nullptr) in_.move->apply(slice, folder->path);

    std::vector<FileTask> files;
    for (TreeEntry& entry : slice) {
        std::string path = fs::join_path(folder->path, entry.name);
        tell_left_out(folders_.reporter(), "restore", entry, path);
        if (entry.left_out != LeftOut::no &&
            (entry.kind != fs::Kind::folder || left_out_ == LeftOutFolders::skip))
            continue;
        if (entry.kind == fs::Kind::folder) {
            HOLT_TRY(fs::make_folder(at_->fd->get(), entry.name, path, folders_.new_mode(entry)));
            at_->below.add(std::move(entry));
            continue;
        }
        if (link_head_of(entry, path) != nullptr) {
            ++counts_.hard_links;
            at_->links.links.add(std::move(entry));
            continue;
        }
        if (entry.kind != fs::Kind::file) {
            counts_.symlinks += entry.kind == fs::Kind::symlink;
            counts_.others += entry.kind == fs::Kind::fifo;
            at_->links.specials.add(std::move(entry));
            continue;
        }
        ++counts_.files;
        counts_.bytes += entry.size;
        if (!folders_.keeps_mtime() && entry.name.ends_with(".pyc"))
            folders_.reporter().tally(Severity::info, stale_cache(path));
        auto shared = std::make_shared<const TreeEntry>(std::move(entry));
        const std::size_t chunks = shared->chunks.size();
        const bool is_head = is_link_head(path);
        files.push_back({.entry = std::move(shared),
                         .path = std::move(path),
                         .chunk_count = chunks,
                         .is_link_head = is_head});
    }
    return add_files(folder, at_->fd, std::move(files));
}

Status RestorePlan::add_files(OutFolder* folder, const std::shared_ptr<const UniqueFd>& fd,
                              std::vector<FileTask> files) {
    std::vector<std::unique_ptr<RestoreJob>> jobs;
    if (locate_ == Locate::yes) {
        HOLT_TRY_LET(located, in_.reader.locate(chunks_of(files)));
        jobs = make_jobs(folder, fd, std::move(files), located);
    } else {
        jobs = make_jobs(folder, fd, std::move(files));
    }
    folder->pending += jobs.size();
    std::ranges::move(jobs, std::back_inserter(ready_));
    return {};
}

}  // namespace holt::store
