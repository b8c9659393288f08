// What a folder has and the snapshot has not: which of it is too many, also when not all is
// selected or something is mounted below, and what may be moved out of the way.
#include <cerrno>
#include <set>
#include <utility>

#include "fs/file.h"
#include "fs/folder.h"
#include "fs/staging/staging_name.h"
#include "fs/walk/lost_found.h"
#include "fs/walk/walk.h"
#include "store/space/space_check_impl.h"

namespace holt::store::space_check {
namespace {

/// A folder on disk that the snapshot does not have.
struct Foreign {
    std::string path;
    fs::FileStat stat{};
    std::size_t parent = 0;           // in the list; its own number for the first
    bool whole = true;                // all of it is selected
    std::vector<std::string> gone{};  // names that are selected with all that is in them
    std::vector<std::string> told{};  // paths of what is selected in it and is no folder
};

std::string name_of(const std::string& path) {
    return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

/// Goes through such a folder: what of it is selected. What is not selected is not entered, nor is
/// what is mounted, which stays as if it were not selected.
class TakeApart {
  public:
    TakeApart(const SpaceCheckInput& input, Reporter& reporter)
        : selection_(input.selection), mounts_(input.mounts), reporter_(reporter) {}

    /// The folders, parents before what is in them; the first is the one at `path`.
    std::vector<Foreign> run(UniqueFd fd, const std::string& path) {
        // Without an executor the walk lists in next(), so nothing here is shared.
        fs::TreeWalk walk(std::move(fd), path,
                          {.one_file_system = true,
                           .keep = [&](const std::string& below, const fs::DirEntry& entry) {
                               return keep(fs::join_path(path, below), entry);
                           }});
        while (const auto folder = walk.next()) add(*folder, fs::join_path(path, folder->path));
        settle();
        return std::move(folders_);
    }

  private:
    bool keep(const std::string& path, const fs::DirEntry& entry) {
        const bool is_mounted = mounts_ != nullptr && mounts_->at(path);
        const bool kept =
            !is_mounted && selection_.folder(above(path)).role(path, entry.stat.kind) != Role::none;
        if (!kept) mixed_.insert(above(path));
        return kept;
    }
    static std::string above(const std::string& path) {
        const std::size_t slash = path.rfind('/');
        return slash == std::string::npos ? "" : path.substr(0, slash);
    }

    void add(const fs::WalkFolder& folder, const std::string& path) {
        const std::size_t number = folders_.size();
        const std::size_t parent = number == 0 ? 0 : numbers_.at(above(path));
        numbers_.emplace(path, number);
        Foreign found{.path = path, .stat = folder.stat, .parent = parent};
        found.whole = !folder.error && folder.errors.empty() && !folder.other_file_system &&
                      selection_.selects(path, fs::Kind::folder);
        // What nobody can look at may hold what is not selected: it stays, and that is told.
        if (folder.error) reporter_.note(Severity::warning, *folder.error);
        for (const fs::EntryError& bad : folder.errors)
            reporter_.note(Severity::warning, bad.error);
        for (const fs::DirEntry& entry : folder.entries) {
            if (entry.stat.kind == fs::Kind::folder) continue;
            found.gone.push_back(entry.name);
            found.told.push_back(fs::join_path(path, entry.name));
        }
        folders_.push_back(std::move(found));
    }

    // Children before parents.
    void settle() {
        for (std::size_t i = folders_.size(); i-- > 0;) {
            Foreign& folder = folders_[i];
            folder.whole = folder.whole && !mixed_.contains(folder.path);
            if (i == 0) return;
            Foreign& parent = folders_[folder.parent];
            if (folder.whole) {
                parent.gone.push_back(name_of(folder.path));
            } else {
                parent.whole = false;
            }
        }
    }

    const Selection& selection_;
    const fs::MountsBelow* mounts_;
    Reporter& reporter_;
    std::vector<Foreign> folders_;
    std::map<std::string, std::size_t> numbers_;  // by path
    std::set<std::string> mixed_;                 // folders in which something is not selected
};

Result<std::vector<Foreign>> take_apart(int parent, const std::string& name,
                                        const std::string& path, const SpaceCheckInput& input,
                                        Reporter& reporter) {
    HOLT_TRY_LET(fd, fs::open_subfolder(parent, name, path));
    return TakeApart(input, reporter).run(std::move(fd), path);
}

}  // namespace

// A name that the snapshot does not have.
void Check::add_extra(State& state, const std::string& name) {
    const bool is_root = !state.job.above;
    if (is_root && fs::is_staging_name(name, in_.name)) {
        marked_ = marked_ || fs::is_tree_name(name, in_.name);
        return;
    }
    if (is_root && fs::is_lost_and_found(in_.root, name)) return;
    const std::string path = fs::join_path(state.job.path, name);
    if (in_.mounts != nullptr && in_.mounts->at(path)) return;
    if (in_.keep_extras) {
        state.passed_over = true;
        return;
    }
    if (!in_.selection.all()) {
        state.unsure.push_back(name);
        return;
    }
    if (is_mounted_below(path)) return find_extras_around_mounts(state, name);
    if (in_.describe) describe(path, Change::added);
    state.extras.push_back(name);
}

// The folders above a mount stay with it; what else is in them is too many.
void Check::find_extras_around_mounts(State& state, const std::string& name) {
    std::vector<std::string> folders{name};
    while (!folders.empty()) {
        const std::string folder = std::move(folders.back());
        folders.pop_back();
        const std::string path = fs::join_path(state.job.path, folder);
        const auto fd = boundary_->open_beneath(state.folder->fd.get(), folder, path);
        const auto names = fd ? fs::list_names(fd->get(), path) : std::unexpected(fd.error());
        if (!names) {
            keep(leave_out(names.error()));
            continue;
        }
        for (const std::string& one : *names) {
            std::string below = fs::join_path(folder, one);
            const std::string shown = fs::join_path(path, one);
            if (in_.mounts->at(shown)) continue;
            if (is_mounted_below(shown)) {
                folders.push_back(std::move(below));
                continue;
            }
            if (in_.describe) describe(shown, Change::added);
            state.extras.push_back(std::move(below));
        }
    }
}

Role Check::role_of(const Part& part, std::uint32_t index) const {
    if (in_.selection.all()) return Role::selected;
    return in_.selection.folder(part.state().job.path)
        .role_in_tree(path_of(part, index), part.entry(index).kind);
}

Status Check::look_at_extras(const StatePtr& state) {
    for (const std::string& name : std::exchange(state->unsure, {}))
        HOLT_TRY(look_at_extra(state, name));
    return {};
}

Status Check::look_at_extra(const StatePtr& state, const std::string& name) {
    const std::string path = fs::join_path(state->job.path, name);
    const int folder = state->folder->fd.get();
    const auto stat = fs::stat_at(folder, name, path);
    if (!stat && stat.error().sys_errno == ENOENT) return {};
    if (!stat) return std::unexpected(stat.error());
    const Role role = in_.selection.folder(state->job.path).role(path, stat->kind);
    if (role == Role::none) {
        state->passed_over = true;
        return {};
    }
    if (stat->kind != fs::Kind::folder) {
        if (in_.describe) describe(path, Change::added);
        state->extras.push_back(name);
        return {};
    }
    auto parts = take_apart(folder, name, path, in_, reporter_);
    if (!parts && is_shortage(parts.error().sys_errno))
        return std::unexpected(std::move(parts).error());
    if (!parts) {  // nobody knows what is in it: it stays
        reporter_.note(Severity::warning, parts.error());
        state->passed_over = true;
        return {};
    }
    if (in_.describe) {
        for (const Foreign& part : *parts) {
            if (part.whole) describe(part.path, Change::added);
            for (const std::string& below : part.told) describe(below, Change::added);
        }
    }
    if (parts->front().whole) {
        state->extras.push_back(name);
        return {};
    }
    state->passed_over = true;
    for (Foreign& part : *parts) {
        if (part.whole || part.gone.empty()) continue;
        const bool writable = (part.stat.mode & 0700) == 0700;
        found_.local().folders.push_back({.path = std::move(part.path),
                                          .entry = {},
                                          .extras = std::move(part.gone),
                                          .keeps = part.stat,
                                          .writable = writable});
    }
    return {};
}

// Before something of another kind is replaced. What only is told needs no leave.
Status Check::refuse_unselected(const PartPtr& part, std::uint32_t index, const fs::FileStat& stat,
                                const std::string& path) {
    if (in_.selection.all() || in_.describe) return {};
    bool goes = in_.selection.selects(path, stat.kind);
    if (goes && stat.kind == fs::Kind::folder) {
        HOLT_TRY_LET(parts, take_apart(part->state().folder->fd.get(), part->entry(index).name,
                                       path, in_, reporter_));
        goes = parts.front().whole;
    }
    if (goes) return {};
    return fail(ErrorKind::failed, "restore", path,
                "what stands in its place is not selected, or holds what is not",
                "move it away, or select it too");
}

}  // namespace holt::store::space_check
