#include "cli/cache/neutral_path.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "base/error.h"

namespace holt::cli {
namespace {

constexpr const char* kBase = "/tmp/holt-neutral-";

// A folder in /tmp must be ours: anybody could have made one of that name.
Status make_own_folder(const std::string& path) {
    if (::mkdir(path.c_str(), 0700) == 0) return {};
    if (errno != EEXIST) return fail_errno(errno, "make folder", path);
    struct stat found {};
    if (::lstat(path.c_str(), &found) != 0) return fail_errno(errno, "look at folder", path);
    if (S_ISDIR(found.st_mode) && found.st_uid == ::geteuid()) return {};
    return fail(ErrorKind::unsafe_input, "make folder", path, "another user has made it",
                "have it removed");
}

bool write_text(const char* path, const std::string& text) noexcept {
    const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return false;
    const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    const int failed = errno;
    ::close(fd);
    errno = failed;
    return written;
}

std::string map_of(unsigned id) {
    return std::to_string(id) + " " + std::to_string(id) + " 1\n";
}

}  // namespace

Result<NeutralPaths> NeutralPaths::prepare(const std::vector<std::string>& folders) {
    NeutralPaths neutral;
    neutral.base_ = kBase + std::to_string(::geteuid());
    neutral.is_root_ = ::geteuid() == 0;
    neutral.uid_map_ = map_of(::geteuid());
    neutral.gid_map_ = map_of(::getegid());
    HOLT_TRY(make_own_folder(neutral.base_));
    for (const std::string& folder : folders) {
        std::error_code failed;
        std::filesystem::create_directories(folder, failed);
        const std::string absolute = std::filesystem::canonical(folder, failed).string();
        if (failed) return fail_errno(failed.value(), "make folder", folder);
        const std::string number = "/" + std::to_string(neutral.paths_.size() + 1) + "-";
        std::string path = neutral.base_ + number;
        path.resize(kLength, 'x');
        neutral.folders_.push_back(absolute);
        neutral.paths_.push_back(std::move(path));
    }
    return neutral;
}

bool NeutralPaths::enter() const noexcept {
    if (::unshare(is_root_ ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER) != 0) return false;
    if (!is_root_) {
        // A group map needs this first (user_namespaces(7)).
        if (!write_text("/proc/self/setgroups", "deny")) return false;
        if (!write_text("/proc/self/uid_map", uid_map_)) return false;
        if (!write_text("/proc/self/gid_map", gid_map_)) return false;
    }
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
    if (::mount("holt", base_.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=1m") != 0)
        return false;
    for (std::size_t i = 0; i < paths_.size(); ++i) {
        if (::mkdir(paths_[i].c_str(), 0755) != 0) return false;
        if (::mount(folders_[i].c_str(), paths_[i].c_str(), nullptr, MS_BIND | MS_REC, nullptr) !=
            0)
            return false;
    }
    return true;
}

std::string NeutralPaths::problem() const {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(enter() ? 0 : errno);
    if (child < 0) return errno_text(errno);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
    return WIFEXITED(status) ? errno_text(WEXITSTATUS(status)) : "it was killed";
}

}  // namespace holt::cli
