#include "fs/follow_path.h"

#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "fs/ancestors.h"
#include "fs/file.h"
#include "fs/folder.h"
#include "fs/sys.h"

namespace holt::fs {
namespace {

constexpr const char* kOperation = "follow path";
constexpr int kMostLinks = 40;  // as the kernel's own walk
constexpr int kStep = O_PATH | O_DIRECTORY | O_NOFOLLOW;

std::unexpected<Error> not_trusted(std::string_view shown, std::string_view link, unsigned owner) {
    return fail(ErrorKind::unsafe_input, kOperation, std::string(shown),
                "the symlink '" + printable(link) + "' on the way belongs to another user (uid " +
                    std::to_string(owner) + "), who could lead it anywhere",
                "give the path that it leads to");
}

std::unexpected<Error> no_folder_above(int err, std::string_view shown, std::string_view above) {
    switch (err) {
        case ENOENT:
            return fail_missing(kOperation, std::string(shown),
                                "the folder '" + printable(above) + "' above it is not there",
                                "create it first, or correct the path");
        case ENOTDIR:
            return fail(ErrorKind::failed, kOperation, std::string(shown),
                        "'" + printable(above) + "' above it is not a folder",
                        "give a path in a folder");
        default:
            return fail_errno(err, kOperation, std::string(above));
    }
}

// A walk along a path. `rest` is what is still to be walked, `at` the folder that it starts in.
class Walk {
  public:
    Walk(std::string_view shown, FollowLinks links) : shown_(shown), links_(links) {}

    Result<PathEnd> run(const std::string& path, LastLink last) {
        auto end = walk(path, last);
        if (!end && through_link_ && is_missing(end.error()))
            return fail(ErrorKind::failed, kOperation, path, "it is a symlink that leads nowhere",
                        "remove the symlink, or give another path");
        return end;
    }

    // One folder below `dir`, whatever links lead to it.
    Result<UniqueFd> run_to_folder(int dir, const std::string& name) {
        HOLT_TRY_LET(start, fs::duplicate(dir, shown_));
        at_ = std::move(start);
        rest_ = name;
        while (rest_.find_first_not_of('/') != std::string::npos) HOLT_TRY(step(next_name()));
        return std::move(at_);
    }

  private:
    Result<PathEnd> walk(const std::string& path, LastLink last) {
        rest_ = path;
        HOLT_TRY(start());
        for (;;) {
            const std::string name = next_name();
            const bool is_last = rest_.find_first_not_of('/') == std::string::npos;
            if (is_last) {
                HOLT_TRY_LET(end, finish(name, last));
                if (end) return *std::move(end);
                continue;  // it was a symlink
            }
            HOLT_TRY(step(name));
        }
    }

    // "" and "." stay where they are.
    std::string next_name() {
        const std::size_t begin = std::min(rest_.find_first_not_of('/'), rest_.size());
        const std::size_t end = std::min(rest_.find('/', begin), rest_.size());
        std::string name = rest_.substr(begin, end - begin);
        rest_.erase(0, end);
        return name;
    }

    Status start() {
        const int fd = sys::openat(kWorkingFolder, rest_.starts_with('/') ? "/" : ".", kStep);
        if (fd < 0) return fail_errno(-fd, kOperation, std::string(shown_));
        at_ = UniqueFd(fd);
        return {};
    }

    Status step(const std::string& name) {
        if (name.empty() || name == ".") return {};
        const int fd = sys::openat(at_.get(), name.c_str(), kStep);
        if (fd >= 0) {
            at_ = UniqueFd(fd);
            return {};
        }
        if (fd != -ENOTDIR && fd != -ELOOP) return no_folder_above(-fd, shown_, name);
        HOLT_TRY_LET(link, open_link(name));
        if (!link) return no_folder_above(ENOTDIR, shown_, name);
        return follow(*link, name);
    }

    // The symlink itself, judged. Nothing when it is none.
    Result<std::optional<UniqueFd>> open_link(const std::string& name) {
        const int opened = sys::openat(at_.get(), name.c_str(), O_PATH | O_NOFOLLOW);
        if (opened < 0) return fail_errno(-opened, kOperation, std::string(shown_));
        UniqueFd fd(opened);
        HOLT_TRY_LET(stat, stat_fd(fd.get(), shown_));
        if (stat.kind != Kind::symlink) return std::nullopt;
        const bool is_trusted = stat.uid == 0 || stat.uid == ::geteuid();
        if (!is_trusted && links_ == FollowLinks::trusted)
            return not_trusted(shown_, name, stat.uid);
        if (++followed_ > kMostLinks) return fail_errno(ELOOP, kOperation, std::string(shown_));
        return std::optional(std::move(fd));
    }

    // Goes on where the symlink says. It is read through its descriptor: what was judged.
    Status follow(const UniqueFd& link, const std::string& name) {
        if (is_kernel_link(link)) {
            const int fd = sys::openat(at_.get(), name.c_str(), O_PATH | O_DIRECTORY);
            if (fd < 0) return no_folder_above(-fd, shown_, name);
            at_ = UniqueFd(fd);
            return {};
        }
        char target[PATH_MAX + 1];
        const ssize_t got = sys::readlinkat(link.get(), "", target, sizeof target);
        if (got < 0) return fail_errno(static_cast<int>(-got), kOperation, std::string(shown_));
        rest_.insert(0, "/");
        rest_.insert(0, target, static_cast<std::size_t>(got));
        return rest_.starts_with('/') ? start() : Status{};
    }

    // The links of /proc name open files and other processes' folders: their text does not.
    static bool is_kernel_link(const UniqueFd& link) {
        struct statfs st;
        return sys::fstatfs(link.get(), &st) == 0 && st.f_type == PROC_SUPER_MAGIC;
    }

    // The last component. Nothing when it was a symlink and the walk goes on.
    Result<std::optional<PathEnd>> finish(const std::string& name, LastLink last) {
        if (name.empty() || name == "." || name == "..") {
            if (name == "..") HOLT_TRY(step(name));
            return end_in_folder();
        }
        struct stat st;
        const int r = sys::fstatat(at_.get(), name.c_str(), &st);
        if (r < 0 && r != -ENOENT) return no_folder_above(-r, shown_, name);
        std::optional<FileStat> stat;
        if (r == 0) stat = to_file_stat(st);
        if (stat && stat->kind == Kind::symlink && last == LastLink::follow)
            return follow_last(name);
        return end_at(name, std::move(stat));
    }

    Result<std::optional<PathEnd>> follow_last(const std::string& name) {
        HOLT_TRY_LET(link, open_link(name));
        through_link_ = true;
        if (!link) {  // replaced meanwhile
            rest_ = name;
            return std::nullopt;
        }
        if (!is_kernel_link(*link)) {
            HOLT_TRY(follow(*link, name));
            return std::nullopt;
        }
        const int fd = sys::openat(at_.get(), name.c_str(), O_PATH);
        if (fd < 0) return fail_errno(-fd, kOperation, std::string(shown_));
        const UniqueFd target(fd);
        HOLT_TRY_LET(stat, stat_fd(target.get(), shown_));
        if (stat.kind == Kind::folder) {
            HOLT_TRY(follow(*link, name));
            return end_in_folder();
        }
        HOLT_TRY_LET(end, end_at(name, stat));
        end->kernel_link = true;
        return end;
    }

    Result<std::optional<PathEnd>> end_in_folder() {
        HOLT_TRY_LET(end, place_of_folder(at_.get(), shown_));
        end.through_link = through_link_;
        return std::optional(std::move(end));
    }

    Result<std::optional<PathEnd>> end_at(const std::string& name, std::optional<FileStat> stat) {
        HOLT_TRY_LET(folder, open_beneath(at_.get(), "", shown_));
        return std::optional(PathEnd{.folder = std::move(folder),
                                     .name = name,
                                     .stat = std::move(stat),
                                     .through_link = through_link_});
    }

    const std::string_view shown_;
    const FollowLinks links_;
    UniqueFd at_;
    std::string rest_;
    int followed_ = 0;
    bool through_link_ = false;
};

// A path as the folder above and the name in it.
struct Split {
    std::string parent, name;
};

Split split(std::string_view path) {
    while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
    const std::size_t slash = path.rfind('/');
    if (slash == std::string_view::npos) return {.parent = ".", .name = std::string(path)};
    return {.parent = std::string(path.substr(0, std::max<std::size_t>(slash, 1))),
            .name = std::string(path.substr(slash + 1))};
}

// True when nothing of that kind is on the way, or the kernel cannot tell: the walk finds out.
bool must_walk(int err) noexcept {
    return err == ELOOP || err == ENOSYS || err == EPERM || err == EAGAIN || err == ENAMETOOLONG;
}

// The usual case: no symlink anywhere. Nothing when there may be one.
Result<std::optional<PathEnd>> follow_directly(const Split& parts, const std::string& shown,
                                               LastLink last) {
    if (!is_component(parts.name)) return std::nullopt;
    const int fd = sys::openat2(kWorkingFolder, parts.parent.c_str(), O_RDONLY | O_DIRECTORY,
                                RESOLVE_NO_SYMLINKS);
    if (fd < 0 && must_walk(-fd)) return std::nullopt;
    if (fd < 0) return no_folder_above(-fd, shown, parts.parent);
    PathEnd end{.folder = UniqueFd(fd), .folder_shown = parts.parent, .name = parts.name};
    auto stat = stat_at(fd, parts.name, shown);
    if (!stat && stat.error().sys_errno != ENOENT) return std::unexpected(stat.error());
    if (stat && stat->kind == Kind::symlink && last == LastLink::follow) return std::nullopt;
    if (stat) end.stat = *stat;
    return end;
}

}  // namespace

Result<PathEnd> follow_path(const std::string& path, FollowLinks links, LastLink last) {
    const Split parts = split(path);
    HOLT_TRY_LET(direct, follow_directly(parts, path, last));
    if (direct) return *std::move(direct);
    HOLT_TRY_LET(end, Walk(path, links).run(path, last));
    end.folder_shown = parts.parent;
    return end;
}

Result<UniqueFd> follow_step(int dir, const std::string& name, FollowLinks links,
                             std::string_view shown) {
    return Walk(shown, links).run_to_folder(dir, name);
}

Result<PathEnd> place_of_folder(int fd, std::string_view shown) {
    HOLT_TRY_LET(self, stat_fd(fd, shown));
    HOLT_TRY_LET(parent, open_above(fd, self, shown));
    PathEnd end{.stat = self};
    if (!parent) {  // the root folder has itself above it
        HOLT_TRY_LET(root, open_beneath(fd, "", shown));
        end.folder = std::move(root);
        return end;
    }
    HOLT_TRY_LET(name, name_in(parent->get(), fd, self, shown));
    end.name = std::move(name);
    HOLT_TRY_LET(folder, open_beneath(parent->get(), "", shown));
    end.folder = std::move(folder);
    return end;
}

}  // namespace holt::fs
