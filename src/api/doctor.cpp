#include <holt/doctor.hpp>
#include <holt/store.hpp>

#include <limits>
#include <optional>
#include <utility>

#include "base/no_throw.h"
#include "fs/file.h"
#include "fs/folder.h"
#include "fs/machine/machine.h"
#include "fs/machine/open_limit.h"
#include "fs/machine/umask.h"
#include "fs/mount/file_system.h"
#include "store/disk/leftovers.h"
#include "store/disk/store_folder.h"

namespace holt {
namespace {

using Level = Finding::Level;
using fs::FileSystem;
using fs::Trial;

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
// Below the first a snapshot of an ordinary tree will fail; below the second it may.
constexpr std::uint64_t kTooLittle = 256 * kMiB, kLittle = 4096 * kMiB;
constexpr std::uint64_t kFewInodes = 10'000;
constexpr std::uint64_t kFewFiles = 1024;
constexpr std::uint64_t kMuchLeftOver = 1024 * kMiB;

std::string mib(std::uint64_t bytes) {
    return std::to_string(bytes / kMiB) + " MiB";
}

class Examination {
  public:
    void add(Level level, std::string subject, std::string object, std::string state,
             std::string advice = {}) {
        findings_.push_back(
            {level, std::move(subject), std::move(object), std::move(state), std::move(advice)});
    }
    void add(const Error& error, std::string subject) {
        add(Level::trouble, std::move(subject), error.object,
            error.cause.empty() ? errno_text(error.sys_errno) : error.cause, error.advice);
    }

    void look_at_versions() {
        add(Level::good, "versions", "",
            "holt " + std::string(version()) + ", store format " + std::to_string(formats().store) +
                ", pack format " + std::to_string(formats().pack));
    }

    void look_at_limits() {
        const fs::FileLimits limits = fs::look_at_file_limits();
        const bool few = limits.open < kFewFiles;
        add(few ? Level::notice : Level::good, "open files", "",
            "a process may open " + std::to_string(limits.open),
            few ? "raise the limit of open files (ulimit -n) to 1024 or more" : "");
        if (limits.size != std::numeric_limits<std::uint64_t>::max())
            add(Level::notice, "file size", "", "a file may have " + mib(limits.size),
                "raise the limit (ulimit -f): packs have 32 MiB, and files what they have");
        const fs::Machine machine = fs::look_at_machine();
        add(Level::good, "processors", "", std::to_string(machine.processors) + " may be used");
        const bool limited = machine.memory != std::numeric_limits<std::uint64_t>::max();
        const bool small = limited && machine.memory < 256 * kMiB;
        if (limited)
            add(small ? Level::notice : Level::good, "memory", "",
                "a cgroup allows " + mib(machine.memory),
                small ? "allow 256 MiB or more: fewer threads are used with less" : "");
    }

    void look_at_file_system(int fd, const std::string& shown, bool is_store) {
        const auto found = fs::look_at_file_system(fd, shown);
        if (!found) return add(found.error(), "file system");
        look_at_kind(*found, shown, is_store);
        look_at_room(*found, shown);
    }

    void look_at_locks(int tmp, const std::string& shown) {
        const Trial locks = fs::try_lock(tmp);
        if (locks == Trial::works)
            return add(Level::good, "locks", shown, "they exclude each other");
        add(locks == Trial::does_not ? Level::trouble : Level::notice, "locks", shown,
            locks == Trial::does_not ? "they do not exclude each other" : "they could not be tried",
            locks == Trial::does_not
                ? "put the store on a local file system: here two processes can damage it"
                : "");
    }

    void look_at_rights(int fd, const std::string& shown) {
        const auto stat = fs::stat_fd(fd, shown);
        if (!stat) return add(stat.error(), "rights");
        const bool group = (stat->mode & 020) != 0, others = (stat->mode & 002) != 0;
        if (others)
            return add(Level::trouble, "rights", shown, "everybody may write to it",
                       "take that right away (chmod o-w): who writes to a store can change what "
                       "others restore");
        if (!group) return add(Level::good, "rights", shown, "only its owner writes to it");
        const bool inherits = (stat->mode & 02000) != 0;
        const bool shared = (fs::look_at_umask() & 070) == 0;
        if (inherits && shared)
            return add(Level::good, "rights", shown, "its group writes to it, too");
        add(Level::notice, "rights", shown,
            inherits ? "its group writes to it, and the umask takes rights from the group"
                     : "its group writes to it, and new files do not get that group",
            inherits ? "use a umask of 002 or 007 where the store is used"
                     : "set the setgid bit of its folders (chmod -R g+s)");
    }

    void look_at_leftovers(const store::StoreFolder& folder) {
        for (const char* part : {"tmp", "quarantine"}) {
            const auto totals = store::count_files(folder, part);
            if (!totals) {
                add(totals.error(), "leftovers");
                continue;
            }
            const bool much = totals->bytes > kMuchLeftOver;
            add(much ? Level::notice : Level::good, "leftovers", folder.shown(part),
                std::to_string(totals->files) + " files, " + mib(totals->bytes),
                !much                             ? ""
                : std::string_view(part) == "tmp" ? "the next snapshot removes what nobody writes"
                                                  : "remove them when the store verifies");
        }
    }

    void look_at_destination(const std::string& path, int tmp, std::uint64_t store_device) {
        const auto folder = fs::open_folder(path);
        if (!folder) return add(folder.error(), "destination");
        const auto stat = fs::stat_fd(folder->get(), path);
        if (!stat) return add(stat.error(), "destination");
        look_at_file_system(folder->get(), path, false);
        const bool same = stat->dev == store_device;
        const Trial link = fs::try_link(tmp, folder->get());
        if (link == Trial::works)
            add(Level::good, "links", path, "files of the store can be hard-linked there");
        else
            add(Level::notice, "links", path,
                same ? "files of the store cannot be hard-linked there"
                     : "it is on another file system than the store",
                "restores copy; to share files put the store on the same file system and mount");
        const Trial clone = fs::try_clone(tmp, folder->get());
        if (clone == Trial::works)
            add(Level::good, "reflinks", path, "files of the store can be cloned there");
        else
            add(Level::good, "reflinks", path, "files cannot be cloned there; restores copy");
    }

    std::vector<Finding> take() { return std::move(findings_); }

  private:
    void look_at_kind(const FileSystem& found, const std::string& shown, bool is_store) {
        const std::string state = found.name;
        if (found.read_only)
            add(is_store ? Level::notice : Level::trouble, "file system", shown,
                state + ", mounted read-only",
                is_store ? "it can be restored from, nothing else" : "mount it writable");
        else if (found.kind == FileSystem::Kind::network)
            add(is_store ? Level::trouble : Level::notice, "file system", shown,
                state + ", another machine's",
                is_store ? "put the store on a local file system: its catalog must not be on this"
                         : "files there are read twice where their times prove nothing");
        else if (found.kind == FileSystem::Kind::memory)
            add(is_store ? Level::notice : Level::good, "file system", shown, state + ", in memory",
                is_store ? "it is gone when the machine restarts: put it on a disk" : "");
        else if (found.kind == FileSystem::Kind::overlay)
            add(is_store ? Level::notice : Level::good, "file system", shown, state + ", in layers",
                is_store ? "put the store on a volume of its own: a container's layer goes with it"
                         : "");
        else
            add(Level::good, "file system", shown, state);
    }

    void look_at_room(const FileSystem& found, const std::string& shown) {
        const Level level = found.free_bytes < kTooLittle ? Level::trouble
                            : found.free_bytes < kLittle  ? Level::notice
                                                          : Level::good;
        add(level, "free space", shown,
            mib(found.free_bytes) + " of " + mib(found.bytes) + " are free",
            level == Level::good ? ""
                                 : "free some space; a collection (gc) gives back what no "
                                   "snapshot needs");
        if (found.inodes == 0) return;  // made as they are needed
        const bool few = found.free_inodes < kFewInodes;
        add(few ? Level::trouble : Level::good, "free inodes", shown,
            std::to_string(found.free_inodes) + " of " + std::to_string(found.inodes) + " are free",
            few ? "remove files, or use a file system with more inodes" : "");
    }

    std::vector<Finding> findings_;
};

void look_at_store(const store::StoreFolder& folder, const std::vector<std::string>& destinations,
                   Examination& examination) {
    examination.look_at_file_system(folder.fd(), folder.path(), true);
    examination.look_at_rights(folder.fd(), folder.path());
    examination.look_at_leftovers(folder);
    const auto stat = fs::stat_fd(folder.fd(), folder.path());
    const auto tmp = fs::open_subfolder(folder.fd(), "tmp", folder.shown("tmp"));
    if (!stat || !tmp) return examination.add(stat ? tmp.error() : stat.error(), "store");
    examination.look_at_locks(tmp->get(), folder.path());
    for (const std::string& path : destinations)
        examination.look_at_destination(path, tmp->get(), stat->dev);
}

}  // namespace

std::string_view name(Finding::Level level) noexcept {
    switch (level) {
        case Level::good:
            return "good";
        case Level::notice:
            return "notice";
        case Level::trouble:
            return "trouble";
    }
    return "good";
}

Result<std::vector<Finding>> examine(const std::string& path,
                                     const std::vector<std::string>& folders) {
    return guarded([&]() -> Result<std::vector<Finding>> {
        Examination examination;
        examination.look_at_versions();
        examination.look_at_limits();
        const auto folder = store::StoreFolder::open(path);
        if (folder)
            look_at_store(*folder, folders, examination);
        else
            examination.add(folder.error(), "store");
        return examination.take();
    });
}

}  // namespace holt
