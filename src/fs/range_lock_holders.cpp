#include "fs/range_lock_holders.h"

#include <algorithm>
#include <string_view>

#include "fs/file.h"
#include "fs/folder.h"
#include "fs/lock.h"

namespace holt::fs {
namespace {

constexpr std::size_t kLargestInfo = 1 << 20;

// "lock:	1: OFDLCK ADVISORY  READ -1 08:01:1234 0 EOF". The device is that of the file
// system, which is not what stat says on btrfs: the inode has to do.
bool has_range_lock(std::string_view info, const std::string& inode) {
    while (!info.empty()) {
        const std::string_view line = info.substr(0, info.find('\n'));
        info.remove_prefix(std::min(info.size(), line.size() + 1));
        if (line.starts_with("lock:") && line.find(" OFDLCK ") != line.npos &&
            line.find(inode) != line.npos)
            return true;
    }
    return false;
}

bool holds_range_lock(const std::string& process, const std::string& inode) {
    const std::string shown = process + "/fdinfo";
    const auto folder = open_folder(shown);
    if (!folder) return false;
    const auto files = list_names(folder->get(), shown);
    if (!files) return false;
    for (const std::string& file : *files) {
        const auto info = read_file(folder->get(), file, kLargestInfo, shown);
        if (info && has_range_lock(as_text(*info), inode)) return true;
    }
    return false;
}

}  // namespace

std::vector<std::string> range_lock_holders(int fd) {
    std::vector<std::string> holders;
    const auto stat = stat_fd(fd, "lock");
    const auto proc = open_folder("/proc");
    if (!stat || !proc) return holders;
    const auto processes = list_names_if(proc->get(), "/proc", [](std::string_view name) {
        return name.find_first_not_of("0123456789") == name.npos;
    });
    if (!processes) return holders;
    const std::string inode = ":" + std::to_string(stat->ino) + " ";
    for (const std::string& pid : *processes)
        if (holds_range_lock("/proc/" + pid, inode)) holders.push_back(describe_process(pid));
    return holders;
}

}  // namespace holt::fs
