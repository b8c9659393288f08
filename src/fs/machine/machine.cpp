// How it works: /proc/self/cgroup says which cgroup this process is in, one line for each hierarchy
// of version 1 and one for version 2; /proc/self/mountinfo says where each hierarchy is mounted,
// and which part of it. From there the folders up to the mount point are the cgroup and those above
// it.
#include "fs/machine/machine.h"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

#include "fs/file.h"
#include "fs/folder.h"

namespace holt::fs {
namespace {

constexpr std::size_t kLargestFile = 4 << 20;

// "" for what cannot be read.
std::string text_of(const std::string& path) {
    const auto bytes = read_file(kWorkingFolder, path, kLargestFile, path);
    return bytes ? std::string(as_text(*bytes)) : std::string();
}

// Takes what stands before `separator` off `text`, and the separator.
std::string_view take(std::string_view& text, char separator) {
    const std::size_t end = std::min(text.find(separator), text.size());
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return part;
}

std::optional<std::uint64_t> number(std::string_view text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

unsigned allowed_processors() {
    // The mask has as many bits as the kernel was built for: more room until it fits.
    for (int room = 1024; room <= 1 << 20; room *= 2) {
        const std::size_t size = CPU_ALLOC_SIZE(room);
        const std::unique_ptr<cpu_set_t, void (*)(cpu_set_t*)> set(
            CPU_ALLOC(room), [](cpu_set_t* one) { CPU_FREE(one); });
        if (!set) break;
        if (::sched_getaffinity(0, size, set.get()) == 0)
            return static_cast<unsigned>(std::max(1, CPU_COUNT_S(size, set.get())));
    }
    return std::max(1u, std::thread::hardware_concurrency());
}

// "0-3,8": how many that is. Nothing for what is no such list.
std::optional<unsigned> count_of_list(std::string_view list) {
    unsigned count = 0;
    while (!list.empty() && list.front() != '\n') {
        std::string_view range = take(list, ',');
        const auto first = number(take(range, '-'));
        const auto last = range.empty() ? first : number(range);
        if (!first || !last || *last < *first) return std::nullopt;
        count += static_cast<unsigned>(*last - *first + 1);
    }
    return count > 0 ? std::optional(count) : std::nullopt;
}

/// A hierarchy of cgroups as it is mounted.
struct Mount {
    std::string_view type, root, point, options;
};

// A line of mountinfo: id, parent, device, root, mount point, options, any number of optional
// fields, "-", type, source, options of the file system (proc_pid_mountinfo(5)).
Mount read_mount(std::string_view line) {
    Mount mount;
    for (int i = 0; i < 3; ++i) take(line, ' ');
    mount.root = take(line, ' ');
    mount.point = take(line, ' ');
    const std::size_t dash = line.find(" - ");
    if (dash == line.npos) return {};
    line.remove_prefix(dash + 3);
    mount.type = take(line, ' ');
    take(line, ' ');
    mount.options = line;
    return mount;
}

bool has_word(std::string_view list, std::string_view word) {
    while (!list.empty())
        if (take(list, ',') == word) return true;
    return false;
}

// The folders of the cgroup `path` and of those above it, as far as they are mounted. Empty
// `controller`: version 2.
std::vector<std::string> folders_of(std::string_view mounts, std::string_view controller,
                                    std::string_view path) {
    while (!mounts.empty()) {
        const Mount mount = read_mount(take(mounts, '\n'));
        const bool is_it = controller.empty()
                               ? mount.type == "cgroup2"
                               : mount.type == "cgroup" && has_word(mount.options, controller);
        if (!is_it) continue;
        // What lies above the mounted part cannot be seen: then the part itself has to do.
        std::string_view below = path;
        if (mount.root != "/") {
            const bool inside = below.starts_with(mount.root);
            below = inside ? below.substr(mount.root.size()) : std::string_view();
        }
        std::vector<std::string> folders{std::string(mount.point)};
        while (!below.empty()) {
            const std::string_view name = take(below, '/');
            if (name.empty()) continue;
            if (!is_component(name)) break;
            folders.push_back(join_path(folders.back(), name));
        }
        return folders;
    }
    return {};
}

void lower_processors(Machine& machine, std::uint64_t quota, std::uint64_t period) {
    if (quota == 0 || period == 0) return;
    const std::uint64_t whole = (quota + period - 1) / period;
    machine.processors = static_cast<unsigned>(std::min<std::uint64_t>(machine.processors, whole));
}

void lower_memory(Machine& machine, const std::string& file) {
    // Version 1 states "no limit" as the greatest multiple of a page.
    constexpr std::uint64_t kNoLimit = std::uint64_t{1} << 62;
    const auto limit = number(text_of(file));
    if (limit && *limit < kNoLimit) machine.memory = std::min(machine.memory, *limit);
}

// cpu.max is "QUOTA PERIOD", or "max PERIOD".
void apply_version_2(Machine& machine, const std::string& folder) {
    const std::string text = text_of(folder + "/cpu.max");
    std::string_view rest = text;
    const auto quota = number(take(rest, ' ')), period = number(rest);
    if (quota && period) lower_processors(machine, *quota, *period);
    lower_memory(machine, folder + "/memory.max");
}

// A quota of -1 is none.
void apply_version_1(Machine& machine, const std::string& folder) {
    const auto quota = number(text_of(folder + "/cpu.cfs_quota_us"));
    const auto period = number(text_of(folder + "/cpu.cfs_period_us"));
    if (quota && period) lower_processors(machine, *quota, *period);
    lower_memory(machine, folder + "/memory.limit_in_bytes");
}

}  // namespace

Machine look_at_machine(const MachineFiles& files) {
    Machine machine{.processors = allowed_processors()};
    if (const auto online = count_of_list(text_of(files.online)))
        machine.processors = std::min(machine.processors, *online);
    const std::string cgroups = text_of(files.cgroups), mounts = text_of(files.mounts);
    for (std::string_view rest = cgroups; !rest.empty();) {
        // "4:cpu,cpuacct:/path"; of version 2 "0::/path".
        std::string_view line = take(rest, '\n');
        take(line, ':');
        const std::string_view controllers = take(line, ':');
        if (controllers.empty()) {
            for (const std::string& folder : folders_of(mounts, "", line))
                apply_version_2(machine, folder);
        }
        for (const std::string_view controller : {"cpu", "memory"}) {
            if (!has_word(controllers, controller)) continue;
            for (const std::string& folder : folders_of(mounts, controller, line))
                apply_version_1(machine, folder);
        }
    }
    return machine;
}

}  // namespace holt::fs
