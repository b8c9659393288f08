#include "store/space/space_mend.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <memory>
#include <optional>
#include <utility>

#include "base/cancel.h"
#include "fs/boundary.h"
#include "fs/file.h"
#include "fs/folder.h"
#include "fs/metadata/metadata.h"
#include "fs/path/open_up.h"
#include "fs/paths.h"
#include "fs/staging/tree_writer.h"
#include "fs/walk/remove_tree.h"
#include "store/operation/ordered_pipeline.h"
#include "store/restore/restore_links.h"
#include "store/restore/restore_writer.h"
#include "store/source/file_reading.h"
#include "store/space/space_items.h"

namespace holt::store {
namespace {

// Files that are planned together, so that those of one block become one job.
constexpr std::size_t kPlanFiles = 4096;

bool is_plain_file(const TreeEntry& entry, const SpaceItem& item) noexcept {
    return entry.kind == fs::Kind::file && item.need != Need::link;
}

// Something must be made or moved in it before files come.
bool makes_room(const SpaceFolder& folder) noexcept {
    return std::ranges::any_of(folder.items, [](const SpaceItem& item) {
        return item.need == Need::make || item.in_the_way;
    });
}

class Mend {
  public:
    Mend(Operation& op, const Restoring& restoring, const SpaceFindings& findings,
         fs::Staging& staging)
        : op_(op),
          in_(restoring),
          findings_(findings),
          begun_(staging),
          root_(staging.root()),
          staging_(std::make_shared<UniqueFd>()),
          folders_(staging.fd(), staging.new_owner(),
                   restoring.options.mtime == Mtime::now ? current_time() : Time{},
                   restoring.options.mtime == Mtime::preserve, op.reporter, first_) {}

    Result<MendCounts> run() {
        HOLT_TRY_LET(staging, fs::duplicate(begun_.fd(), ""));
        staging_ = std::make_shared<UniqueFd>(std::move(staging));
        HOLT_TRY_LET(boundary, fs::Boundary::around(root_, begun_.destination().shown));
        boundary_ = boundary;
        // Up to here, and while new content is being written, nothing is changed: a full disk or a
        // damaged pack leaves the folder as it was.
        HOLT_TRY_LET(linker, open_links(op_, begun_, in_.options, folders_, opening_));
        linker_ = std::move(linker);
        writer_.emplace(in_.reader, folders_, opening_, linker_.get());
        HOLT_TRY(write_files());
        begun_.mark_incomplete();
        HOLT_TRY(make_folders());
        HOLT_TRY(place_files());
        HOLT_TRY(make_links());
        HOLT_TRY(remove_extras());
        HOLT_TRY(finish_folders());
        counts_.mended += mended_;
        counts_.bytes = writer_->bytes_written();
        counts_.files_linked = linker_ ? linker_->files_linked() : 0;
        counts_.pool_replaced = linker_ ? linker_->files_replaced() : 0;
        counts_.link = mode_of(linker_.get());
        return counts_;
    }

  private:
    using JobPtr = std::shared_ptr<RestoreJob>;

    Result<UniqueFd> open(const std::string& path) const {
        return boundary_->open_beneath(root_, path, path);
    }
    std::string temporary_name() { return "new-" + std::to_string(++names_); }
    /// What a file is called in the staging folder.
    static std::string staged_name(std::size_t folder, std::uint32_t index) {
        return "file-" + std::to_string(folder) + "-" + std::to_string(index);
    }
    static bool is_written(const TreeEntry& entry, const SpaceItem& item) {
        return entry.kind == fs::Kind::file &&
               (item.need == Need::make || item.need == Need::content);
    }

    SpaceItems items_of(const SpaceFolder& folder) {
        return SpaceItems(in_.reader, in_.owners, in_.move, folder);
    }
    Status move_aside(int folder, const std::string& name, const std::string& path);
    Status make_folders();
    Status write_files();
    Status make_folders_in(int folder, const std::string& shown, SpaceItems& slice);
    Status plan_some(std::vector<FileTask>& files);
    Status plan_jobs();
    Result<JobPtr> next_job();
    Status place_files();
    Status place_files_of(std::size_t number);
    Status mend_metadata(int folder, const TreeEntry& entry, const std::string& path);
    Status make_links();
    enum class Links : std::uint8_t { specials, further_names };
    Status make_links_in(const std::string& folder, UniqueFd& fd, SpaceItems& slice, Links which);
    Status make_further_name(int folder, const TreeEntry& entry, const std::string& path);
    Status make_special(int folder, const TreeEntry& entry, const std::string& path);
    Status make_hard_link(int folder, const TreeEntry& entry, const std::string& path,
                          const std::string& head);
    Status remove_extras();
    Status finish_folders();
    Status keep_metadata(const std::string& path, const fs::FileStat& before);

    Operation& op_;
    const Restoring& in_;
    const SpaceFindings& findings_;
    fs::Staging& begun_;
    const int root_;
    std::optional<fs::Boundary> boundary_;  // no step crosses a mount
    std::shared_ptr<const UniqueFd> staging_;
    FirstError first_;
    RestoreFolders folders_;
    fs::Semaphore opening_{pipeline_threads()};
    std::unique_ptr<PoolLinker> linker_;
    std::optional<RestoreWriter> writer_;
    MendCounts counts_;
    std::atomic<std::uint64_t> mended_{0};
    std::uint64_t names_ = 0;
    // What is planned and not written yet.
    std::size_t planned_ = 0;             // folders
    std::optional<SpaceItems> planning_;  // of the folder after them
    std::deque<JobPtr> jobs_;
    // Folders that need nothing more; one byte each, for threads of their own.
    std::vector<std::uint8_t> finished_ = std::vector<std::uint8_t>(findings_.folders.size());
};

// Moves what stands in the way of a new name into the staging folder, which is emptied at the end.
Status Mend::move_aside(int folder, const std::string& name, const std::string& path) {
    const std::string aside = "old-" + std::to_string(++names_);
    Status moved = fs::move_entry(folder, name, staging_->get(), aside, fs::IfThere::fail, path);
    // A folder of an overlay's lower layer cannot be renamed.
    if (!moved && moved.error().sys_errno == EXDEV && !fs::is_crossing(moved.error()))
        return fs::remove_tree(folder, name, path);
    if (!moved && moved.error().sys_errno == ENOENT) return {};
    return moved;
}

// Parents before what is in them. Folders that something is to be done in can be written from here
// on, whatever their modes are.
Status Mend::make_folders() {
    for (const SpaceFolder& folder : findings_.folders) {
        if (folder.items.empty() && folder.extras.empty()) continue;
        if (folder.writable && !makes_room(folder)) continue;
        HOLT_TRY_LET(fd, open(folder.path));
        HOLT_TRY_LET(stat, fs::stat_fd(fd.get(), folder.path));
        if ((stat.mode & 0700) != 0700) {
            const auto writable = static_cast<std::uint16_t>(stat.mode | 0700);
            HOLT_TRY(fs::set_mode(fd.get(), writable, folder.path));
        }
        SpaceItems slices = items_of(folder);
        for (;;) {
            HOLT_TRY_LET(more, slices.next());
            if (!more) break;
            HOLT_TRY(make_folders_in(fd.get(), folder.path, slices));
        }
    }
    return {};
}

Status Mend::make_folders_in(int folder, const std::string& shown, SpaceItems& slice) {
    for (std::size_t i = 0; i < slice.items().size(); ++i) {
        const TreeEntry& entry = slice.entries()[i];
        const std::string path = fs::join_path(shown, entry.name);
        if (slice.items()[i].in_the_way) HOLT_TRY(move_aside(folder, entry.name, path));
        if (entry.kind != fs::Kind::folder) continue;
        HOLT_TRY(fs::make_folder(folder, entry.name, path));
        ++counts_.folders;
    }
    return {};
}

// The next files of the folder that is being planned, or of the one after it.
Status Mend::plan_some(std::vector<FileTask>& files) {
    const SpaceFolder& folder = findings_.folders[planned_];
    if (!planning_) planning_.emplace(items_of(folder));
    HOLT_TRY_LET(more, planning_->next());
    if (!more) {
        planning_.reset();
        ++planned_;
        return {};
    }
    for (std::size_t i = 0; i < planning_->items().size(); ++i) {
        TreeEntry& entry = planning_->entries()[i];
        const SpaceItem& item = planning_->items()[i];
        if (!is_written(entry, item)) continue;
        ++counts_.files;
        std::string path = fs::join_path(folder.path, entry.name);
        entry.name = staged_name(planned_, item.index);
        auto shared = std::make_shared<const TreeEntry>(std::move(entry));
        const std::size_t chunks = shared->chunks.size();
        files.push_back(
            {.entry = std::move(shared), .path = std::move(path), .chunk_count = chunks});
    }
    return {};
}

Status Mend::plan_jobs() {
    std::vector<FileTask> files;
    while (files.size() < kPlanFiles && planned_ < findings_.folders.size())
        HOLT_TRY(plan_some(files));
    std::vector<std::unique_ptr<RestoreJob>> jobs;
    if (linker_) {  // what the pool has not is located then
        jobs = make_jobs(nullptr, staging_, std::move(files));
    } else {
        HOLT_TRY_LET(located, in_.reader.locate(chunks_of(files)));
        jobs = make_jobs_by_block(staging_, std::move(files), located);
    }
    std::ranges::move(jobs, std::back_inserter(jobs_));
    return {};
}

// Null when all is planned.
Result<Mend::JobPtr> Mend::next_job() {
    while (jobs_.empty() && planned_ < findings_.folders.size()) HOLT_TRY(plan_jobs());
    if (jobs_.empty()) return nullptr;
    JobPtr job = std::move(jobs_.front());
    jobs_.pop_front();
    return job;
}

// All files that are new, complete, into the staging folder.
Status Mend::write_files() {
    const auto write = [&](RestoreJob& job) -> Status {
        HOLT_TRY(writer_->write(job));
        op_.reporter.progress({.stage = "write",
                               .files_done = writer_->files_written(),
                               .bytes_done = writer_->bytes_written()});
        return {};
    };
    return OrderedPipeline<RestoreJob>("restore", op_.cancel, first_, [&] { return next_job(); })
        .parallel(write)
        .run(2 * pipeline_threads());
}

Status Mend::place_files() {
    tbb::parallel_for(std::size_t{0}, findings_.folders.size(), [&](std::size_t number) {
        if (!first_.stopped()) first_.keep(place_files_of(number));
    });
    return first_.take();
}

Status Mend::place_files_of(std::size_t number) {
    const SpaceFolder& folder = findings_.folders[number];
    if (folder.items.empty()) return {};
    HOLT_TRY_LET(fd, open(folder.path));
    SpaceItems slices = items_of(folder);
    bool all_plain = true;
    for (;;) {
        HOLT_TRY_LET(more, slices.next());
        if (!more) break;
        for (std::size_t i = 0; i < slices.items().size(); ++i) {
            const SpaceItem& item = slices.items()[i];
            const TreeEntry& entry = slices.entries()[i];
            all_plain = all_plain && is_plain_file(entry, item);
            const std::string path = fs::join_path(folder.path, entry.name);
            if (is_written(entry, item)) {
                HOLT_TRY(fs::rename_replace(staging_->get(), staged_name(number, item.index),
                                            fd.get(), entry.name, path));
            } else if (item.need == Need::metadata) {
                HOLT_TRY(mend_metadata(fd.get(), entry, path));
            }
        }
    }
    const bool is_all = folder.writable && !folder.self && folder.extras.empty() && !folder.keeps &&
                        !folder.path.empty() && all_plain;
    if (!is_all) return {};
    // Of its own metadata only the time is not right any more.
    finished_[number] = 1;
    return fs::set_mtime(fd.get(), folders_.mtime(folder.entry), folder.path);
}

// Only of a file with one name, as the check has seen it: others may be links into somewhere else.
Status Mend::mend_metadata(int folder, const TreeEntry& entry, const std::string& path) {
    HOLT_TRY_LET(fd, boundary_->open_file(folder, entry.name, path));
    HOLT_TRY_LET(stat, fs::stat_fd(fd.get(), path));
    if (stat.kind != fs::Kind::file || stat.nlink != 1)
        return fail(ErrorKind::failed, "mend file", path,
                    "another program has changed it meanwhile", "run it again");
    HOLT_TRY_LET(warnings, fs::apply_metadata(fd.get(), folders_.metadata(entry), {}, path));
    folders_.tell(warnings);
    ++mended_;
    return {};
}

// Symlinks and FIFOs, after all files; then further names, of any of them.
Status Mend::make_links() {
    for (const Links which : {Links::specials, Links::further_names}) {
        for (const SpaceFolder& folder : findings_.folders) {
            SpaceItems slices = items_of(folder);
            UniqueFd fd;
            for (;;) {
                HOLT_TRY_LET(more, slices.next());
                if (!more) break;
                HOLT_TRY(make_links_in(folder.path, fd, slices, which));
            }
        }
    }
    return {};
}

// `fd` is the folder's, once it is open.
Status Mend::make_links_in(const std::string& folder, UniqueFd& fd, SpaceItems& slice,
                           Links which) {
    for (std::size_t i = 0; i < slice.items().size(); ++i) {
        const SpaceItem& item = slice.items()[i];
        const TreeEntry& entry = slice.entries()[i];
        if (is_plain_file(entry, item)) continue;
        if ((item.need == Need::link) != (which == Links::further_names)) continue;
        if (!fd) {
            HOLT_TRY_LET(opened, open(folder));
            fd = std::move(opened);
        }
        const std::string path = fs::join_path(folder, entry.name);
        if (which == Links::further_names) {
            HOLT_TRY(make_further_name(fd.get(), entry, path));
        } else if (entry.kind == fs::Kind::symlink || entry.kind == fs::Kind::fifo) {
            HOLT_TRY(make_special(fd.get(), entry, path));
        }
    }
    return {};
}

Status Mend::make_further_name(int folder, const TreeEntry& entry, const std::string& path) {
    const auto head = in_.heads.find(entry.hard_link_to);
    if (head == in_.heads.end())
        return fail(ErrorKind::corrupt, "restore hard link", path,
                    "its first name is not in the snapshot", Advice::verify_store);
    return make_hard_link(folder, entry, path, head->second);
}

Status Mend::make_special(int folder, const TreeEntry& entry, const std::string& path) {
    const std::string name = temporary_name();
    const int staging = staging_->get();
    const fs::Owner owner = folders_.owner();
    const fs::Metadata metadata = folders_.metadata(entry);
    Result<fs::Warnings> warnings;
    if (entry.kind == fs::Kind::symlink) {
        HOLT_TRY(fs::make_symlink(staging, name, entry.symlink_target, path));
        warnings =
            fs::apply_symlink_metadata(staging, name, metadata, {.current_owner = &owner}, path);
        ++counts_.symlinks;
    } else {
        HOLT_TRY(fs::make_fifo(staging, name, path));
        warnings =
            fs::apply_special_metadata(staging, name, metadata, {.current_owner = &owner}, path);
        ++counts_.others;
    }
    HOLT_TRY(warnings);
    folders_.tell(*warnings);
    return fs::rename_replace(staging, name, folder, entry.name, path);
}

// The first name is right by now: it was checked, or written by this run.
Status Mend::make_hard_link(int folder, const TreeEntry& entry, const std::string& path,
                            const std::string& head) {
    const std::size_t slash = head.rfind('/');
    HOLT_TRY_LET(head_folder, open(slash == std::string::npos ? "" : head.substr(0, slash)));
    const std::string head_name = head.substr(slash + 1);
    HOLT_TRY_LET(stat, fs::stat_at(head_folder.get(), head_name, head));
    if (stat.kind != entry.kind)
        return fail(ErrorKind::failed, "restore hard link", path,
                    "its first name '" + printable(head) + "' is of another kind now",
                    "make sure that no other program writes there and run it again");
    const std::string name = temporary_name();
    HOLT_TRY(fs::link_made_file({head_folder.get(), head_name, stat.dev, stat.ino}, staging_->get(),
                                name, path));
    ++counts_.hard_links;
    return fs::rename_replace(staging_->get(), name, folder, entry.name, path);
}

Status Mend::remove_extras() {
    for (const SpaceFolder& folder : findings_.folders) {
        if (folder.extras.empty()) continue;
        HOLT_TRY_LET(fd, open(folder.path));
        for (const std::string& extra : folder.extras) {
            const std::string path = fs::join_path(folder.path, extra);
            std::vector<Error> left;  // mounted since the check
            if (const std::size_t slash = extra.rfind('/'); slash == std::string::npos) {
                HOLT_TRY(fs::remove_tree(fd.get(), extra, path, &left));
            } else {
                HOLT_TRY_LET(above, open(fs::join_path(folder.path, extra.substr(0, slash))));
                HOLT_TRY(fs::remove_tree(above.get(), extra.substr(slash + 1), path, &left));
            }
            for (Error& mount : left) op_.reporter.note(Severity::left_out, mount);
            counts_.removed += left.empty() ? 1 : 0;
        }
    }
    return {};
}

// Children before parents, so that setting a child changes no time that was set already. The root
// in any case: the mark has changed its time.
Status Mend::finish_folders() {
    const auto finish = [&](const std::string& path, const TreeEntry& entry) -> Status {
        HOLT_TRY_LET(fd, open(path));
        HOLT_TRY_LET(warnings,
                     fs::apply_metadata(fd.get(), folders_.metadata(entry),
                                        {.exact_xattrs = !entry.attributes_left_out}, path));
        folders_.tell(warnings);
        return {};
    };
    for (std::size_t i = findings_.folders.size(); i-- > 0;) {
        const SpaceFolder& folder = findings_.folders[i];
        counts_.mended += folder.self ? 1 : 0;
        if (folder.path.empty() || finished_[i] != 0) continue;
        HOLT_TRY(folder.keeps ? keep_metadata(folder.path, *folder.keeps)
                              : finish(folder.path, folder.entry));
    }
    return findings_.root_keeps ? keep_metadata("", *findings_.root_keeps)
                                : finish("", in_.source.entry);
}

// Of a folder whose own metadata are not selected: as they were before something in it was changed.
Status Mend::keep_metadata(const std::string& path, const fs::FileStat& before) {
    HOLT_TRY_LET(fd, open(path));
    HOLT_TRY_LET(now, fs::stat_fd(fd.get(), path));
    if (now.mode != before.mode) HOLT_TRY(fs::set_mode(fd.get(), before.mode, path));
    Status timed = fs::set_mtime(fd.get(), before.mtime, path);
    if (!timed && timed.error().sys_errno == EPERM) return {};  // a folder that others own
    return timed;
}

}  // namespace

Result<MendCounts> mend_space(Operation& op, const Restoring& restoring,
                              const SpaceFindings& findings, fs::Staging& staging) {
    return Mend(op, restoring, findings, staging).run();
}

}  // namespace holt::store
