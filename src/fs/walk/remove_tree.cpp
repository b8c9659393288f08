// How it works: a stack of the folders between the top and where we are. Only the deepest few keep
// their descriptors; going back up, a parent that was closed is opened through ".." of its child
// and must be the inode that it was on the way down, so a folder that was moved meanwhile cannot
// lead us anywhere else.
#include "fs/walk/remove_tree.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

#include "base/unique_fd.h"
#include "fs/boundary.h"
#include "fs/folder.h"
#include "fs/path/open_up.h"
#include "fs/sys.h"

namespace holt::fs {
namespace {

constexpr std::size_t kOpenFolders = 24;
// How often a folder that others write into is listed again before it is an error.
constexpr int kListings = 4;

class Remover {
  public:
    Remover(int top, const Boundary& boundary, std::string_view shown, std::vector<Error>* left)
        : top_(top), boundary_(boundary), shown_(shown), left_(left) {}
    /// False when something mounted had to be left.
    Result<bool> run();

  private:
    struct Frame {
        std::string name;  // below the frame before it; "" for the top
        UniqueFd fd;       // may be closed; the top's is top_
        std::uint64_t dev = 0, ino = 0;
        std::vector<std::string> names;  // still to remove, sorted backwards
        int listings = 1;
        bool stays = false;  // something is mounted in it
    };

    int fd_of(const Frame& frame) const { return &frame == stack_.data() ? top_ : frame.fd.get(); }
    std::string shown_path(std::string_view name) const;
    template <class T>
    Result<T> named(Result<T> result, std::string_view name) const;
    Status list(Frame& frame);
    Status remove_name(const std::string& name);
    Status descend(const std::string& name);
    Status ascend();
    Status leave(const std::string& name);
    void note(Status status);

    const int top_;
    const Boundary& boundary_;
    const std::string_view shown_;
    std::vector<Error>* const left_;
    std::vector<Frame> stack_;
    std::optional<Error> first_;
};

std::string Remover::shown_path(std::string_view name) const {
    std::string path(shown_);
    for (std::size_t i = 1; i < stack_.size(); ++i) path.append("/").append(stack_[i].name);
    if (!name.empty()) path.append("/").append(name);
    return path;
}

// Puts the whole path into an error. Only then is it put together: in a deep tree that costs more
// than the removing.
template <class T>
Result<T> Remover::named(Result<T> result, std::string_view name) const {
    if (!result) result.error().object = shown_path(name);
    return result;
}

// Removing goes on after an error: what can go goes. The first error is the one reported.
void Remover::note(Status status) {
    if (!status && !first_) first_ = std::move(status).error();
}

Status Remover::list(Frame& frame) {
    HOLT_TRY_LET(names, named(list_names(fd_of(frame), shown_), ""));
    std::ranges::reverse(names);
    frame.names = std::move(names);
    return {};
}

Result<bool> Remover::run() {
    HOLT_TRY_LET(place, place_of(top_, shown_));
    stack_.push_back({.name = {}, .fd = {}, .dev = place.dev, .ino = place.ino, .names = {}});
    HOLT_TRY(list(stack_.back()));
    for (;;) {
        Frame& frame = stack_.back();
        if (!frame.names.empty()) {
            const std::string name = std::move(frame.names.back());
            frame.names.pop_back();
            note(remove_name(name));
            continue;
        }
        if (stack_.size() == 1) break;
        if (Status ascended = ascend(); !ascended) {
            note(std::move(ascended));
            break;
        }
    }
    if (first_) return std::unexpected(*std::move(first_));
    return !stack_.front().stays;
}

// Something is mounted there: it stays, with the folders above it.
Status Remover::leave(const std::string& name) {
    for (Frame& frame : stack_) frame.stays = true;
    auto error = crossing(shown_path(name));
    if (left_ == nullptr) return error;
    left_->push_back(std::move(error).error());
    return {};
}

// Unlinks one name of the deepest folder, or steps into it.
Status Remover::remove_name(const std::string& name) {
    Frame& frame = stack_.back();
    int r = sys::unlinkat(fd_of(frame), name.c_str());
    if (r == -EACCES) {  // a folder without write permission: ours, so make it writable
        if (sys::fchmod(fd_of(frame), 0700) == 0) r = sys::unlinkat(fd_of(frame), name.c_str());
    }
    if (r == 0 || r == -ENOENT) return {};
    if (r == -EBUSY) return leave(name);  // a file on which another one is mounted
    if (r == -EISDIR || r == -EPERM) {
        Status stepped = descend(name);
        if (!stepped && is_crossing(stepped.error())) return leave(name);
        // EPERM of what is no folder: an immutable file, a sticky folder.
        if (stepped || stepped.error().sys_errno != ENOTDIR) return stepped;
    }
    return fail_errno(-r, "remove", shown_path(name));
}

Status Remover::descend(const std::string& name) {
    const int parent = fd_of(stack_.back());
    HOLT_TRY_LET(opened, named(open_or_open_up(parent, name, boundary_, shown_), name));
    stack_.push_back({.name = name,
                      .fd = std::move(opened.fd),
                      .dev = opened.place.dev,
                      .ino = opened.place.ino,
                      .names = {}});
    if (stack_.size() > kOpenFolders) stack_[stack_.size() - kOpenFolders].fd.reset();
    return list(stack_.back());  // when it cannot be listed, rmdir will tell
}

// Removes the deepest folder, now empty, from its parent.
Status Remover::ascend() {
    Frame child = std::move(stack_.back());
    stack_.pop_back();
    Frame& parent = stack_.back();
    if (stack_.size() > 1 && !parent.fd) {
        constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
        int fd = sys::openat(child.fd.get(), "..", kFlags);
        if (fd == -EACCES && sys::fchmod(child.fd.get(), 0700) == 0)
            fd = sys::openat(child.fd.get(), "..", kFlags);
        if (fd < 0) return fail_errno(-fd, "open folder", shown_path(""));
        parent.fd = UniqueFd(fd);
        HOLT_TRY_LET(place, named(place_of(fd, shown_), ""));
        if (place.dev != parent.dev || place.ino != parent.ino)
            return fail(ErrorKind::failed, "remove folder", shown_path(child.name),
                        "it was moved while it was removed", "run it again");
    }
    if (child.stays) return {};
    int r = sys::rmdirat(fd_of(parent), child.name.c_str());
    if (r == -EACCES && sys::fchmod(fd_of(parent), 0700) == 0)
        r = sys::rmdirat(fd_of(parent), child.name.c_str());
    if (r == 0 || r == -ENOENT) return {};
    if (r == -EBUSY) return leave(child.name);  // mounted since it was opened
    if (r == -ENOTEMPTY && !first_ && child.listings < kListings) {
        ++child.listings;  // someone put names in meanwhile
        stack_.push_back(std::move(child));
        note(list(stack_.back()));
        return {};
    }
    note(fail_errno(-r, "remove folder", shown_path(child.name)));
    return {};
}

}  // namespace

Status remove_contents(int folder, std::string_view shown) {
    HOLT_TRY_LET(boundary, Boundary::around(folder, shown));
    HOLT_TRY(Remover(folder, boundary, shown, nullptr).run());
    return {};
}

Status remove_tree(int parent, const std::string& name, std::string_view shown,
                   std::vector<Error>* left) {
    HOLT_TRY(check_component(name, shown));
    const auto leave = [&](Error error) -> Status {
        if (left == nullptr) return std::unexpected(std::move(error));
        left->push_back(std::move(error));
        return {};
    };
    const int unlinked = sys::unlinkat(parent, name.c_str());
    if (unlinked == 0 || unlinked == -ENOENT) return {};
    if (unlinked == -EBUSY) return leave(crossing(shown).error());
    if (unlinked != -EISDIR && unlinked != -EPERM)
        return fail_errno(-unlinked, "remove", std::string(shown));
    HOLT_TRY_LET(boundary, Boundary::around(parent, shown));
    auto opened = open_or_open_up(parent, name, boundary, shown);
    if (!opened && opened.error().sys_errno == ENOTDIR)
        return fail_errno(-unlinked, "remove", std::string(shown));
    if (!opened && is_crossing(opened.error())) return leave(std::move(opened).error());
    if (!opened) return std::unexpected(std::move(opened).error());
    HOLT_TRY_LET(emptied, Remover(opened->fd.get(), boundary, shown, left).run());
    if (!emptied) return {};
    const int r = sys::rmdirat(parent, name.c_str());
    if (r == -EBUSY) return leave(crossing(shown).error());
    if (r < 0 && r != -ENOENT) return fail_errno(-r, "remove folder", std::string(shown));
    return {};
}

}  // namespace holt::fs
