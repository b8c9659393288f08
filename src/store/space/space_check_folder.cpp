// How the check gets into a folder: opened without crossing into another file system, listed, and
// what becomes of one that cannot be.
#include <cerrno>
#include <utility>

#include "fs/file.h"
#include "fs/folder.h"
#include "store/space/space_check_impl.h"

namespace holt::store::space_check {

Result<std::shared_ptr<const OpenFolder>> Check::open(const Job& job) {
    if (!job.above) {
        HOLT_TRY_LET(fd, fs::duplicate(in_.root, in_.shown));
        return std::make_shared<const OpenFolder>(std::move(fd), open_count_);
    }
    if (job.parent) {
        HOLT_TRY_LET(opened,
                     boundary_->open_subfolder(job.parent->fd.get(), job.target.name, job.path));
        return std::make_shared<const OpenFolder>(std::move(opened.fd), open_count_);
    }
    HOLT_TRY_LET(fd, boundary_->open_beneath(in_.root, job.path, job.path));
    return std::make_shared<const OpenFolder>(std::move(fd), open_count_);
}

// Its own user may not list or search it.
bool Check::is_closed(const fs::FileStat& stat) const noexcept {
    return user_ && stat.uid == *user_ && (stat.mode & 0500) != 0500;
}

Status Check::open_up(Job& job) {
    if (!job.above || !is_closed(job.stat)) return {};
    if (!in_.open_up) return fail_errno(EACCES, "open folder", job.path);
    HOLT_TRY(in_.open_up(job.path));
    job.opened_up = true;
    return {};
}

// A folder that may not be looked into: of it only its own metadata are known.
Status Check::leave_out_folder(const Job& job, const Error& about) {
    HOLT_TRY(leave_out(about));
    if (job.self)
        found_.local().folders.push_back({.path = job.path, .entry = job.target, .self = true});
    return {};
}

// A folder that is something else by now is made anew.
void Check::unlistable(Job job, std::vector<Job>& again) {
    const StatePtr above = job.above;
    if (in_.describe && !job.way) describe(job.path, Change::kind);
    found_.local().late.push_back(
        {above, {.index = job.index, .need = Need::make, .in_the_way = true}});
    job.absent = true;
    job.self = false;
    job.base.reset();
    job.same_base = job.proved = false;
    again.push_back(std::move(job));
}

// Opens and lists a folder. Null: there is nothing more to look at.
Result<StatePtr> Check::enter(Job job, Names& names) {
    auto state = std::make_shared<State>();
    if (!job.absent) {
        const Status up = open_up(job);
        auto opened = up ? open(job) : std::unexpected(up.error());
        Result<std::vector<std::string>> listed;
        names.listed = !(job.proved && job.same_base);
        if (opened && names.listed) listed = fs::list_names((*opened)->fd.get(), job.path);
        if (!opened || !listed) {
            const Error& error = opened ? listed.error() : opened.error();
            const bool refused = error.sys_errno == EACCES || error.sys_errno == EPERM;
            if (job.above && refused && !in_.open_up) {
                HOLT_TRY(leave_out_folder(job, error));
                return nullptr;
            }
            const bool is_other =
                error.sys_errno == ENOTDIR || error.sys_errno == ELOOP || error.sys_errno == ENOENT;
            // Nor is one made anew that has something in it which the snapshot lacks, or which may
            // not be selected.
            const bool may_go = !job.target.incomplete && (in_.selection.all() || in_.describe);
            if (!job.above || !is_other || !may_go) return std::unexpected(error);
            if (is_mounted_below(job.path)) return fs::crossing(job.path);
            std::vector<Job> again;
            unlistable(std::move(job), again);
            start(std::move(again));
            return nullptr;
        }
        state->folder = *std::move(opened);
        job.parent.reset();
        if (names.listed) names.all = *std::move(listed);
    }
    state->job = std::move(job);
    return state;
}

}  // namespace holt::store::space_check
