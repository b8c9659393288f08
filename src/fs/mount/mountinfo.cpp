#include "fs/mount/mountinfo.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <unordered_map>

namespace holt::fs {
namespace {

// The next field of a line, which begins after it.
std::string_view take_field(std::string_view& line) {
    const std::string_view field = line.substr(0, line.find(' '));
    line.remove_prefix(std::min(line.size(), field.size() + 1));
    return field;
}

bool take_number(std::string_view& line, std::uint64_t& number) {
    const std::string_view field = take_field(line);
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), number);
    return error == std::errc{} && end == field.data() + field.size();
}

bool is_octal(char c) noexcept {
    return c >= '0' && c <= '7';
}

std::string unescaped(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escape = text[i] == '\\' && i + 3 < text.size() && is_octal(text[i + 1]) &&
                            is_octal(text[i + 2]) && is_octal(text[i + 3]);
        if (!escape) {
            out += text[i];
            continue;
        }
        out += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                                 (text[i + 3] - '0'));
        i += 3;
    }
    return out;
}

std::optional<MountLine> parse_line(std::string_view line) {
    MountLine mount;
    if (!take_number(line, mount.id) || !take_number(line, mount.parent)) return std::nullopt;
    mount.device = take_field(line);
    mount.root = unescaped(take_field(line));
    mount.point = unescaped(take_field(line));
    if (!mount.root.starts_with('/') || !mount.point.starts_with('/')) return std::nullopt;
    // Any number of optional fields ends in "-".
    while (!line.empty() && take_field(line) != "-") {
    }
    mount.type = take_field(line);
    take_field(line);
    mount.super_options = unescaped(take_field(line));
    return mount;
}

// What is left of `path` behind `folder`, without a slash before it: "" for the folder itself.
std::optional<std::string_view> path_below(std::string_view folder, std::string_view path) {
    if (folder == "/") folder = "";
    if (!path.starts_with(folder)) return std::nullopt;
    path.remove_prefix(folder.size());
    if (path.empty()) return path;
    if (path.front() != '/') return std::nullopt;
    return path.substr(1);
}

// Where a path that lies on a mount is in the file system that the mount shows.
std::optional<std::string> path_in_file_system(const MountLine& mount, std::string_view path) {
    const auto rest = path_below(mount.point, path);
    if (!rest) return std::nullopt;
    std::string inside = mount.root == "/" ? "" : mount.root;
    if (!rest->empty()) inside.append("/").append(*rest);
    return inside.empty() ? "/" : inside;
}

}  // namespace

std::vector<MountLine> parse_mountinfo(std::string_view text) {
    std::vector<MountLine> lines;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (auto mount = parse_line(line)) lines.push_back(*std::move(mount));
    }
    return lines;
}

std::vector<std::string> mount_points_below(const std::vector<MountLine>& lines, std::uint64_t id,
                                            std::string_view path) {
    std::unordered_map<std::uint64_t, const MountLine*> by_id;
    for (const MountLine& line : lines) by_id.emplace(line.id, &line);
    // Missing when the process's root lies in the middle of that mount (chroot).
    const auto own = by_id.find(id);
    const auto folder = own == by_id.end() ? std::nullopt : path_in_file_system(*own->second, path);
    std::vector<std::string> found;
    const auto add = [&](std::optional<std::string_view> below) {
        if (below && !below->empty()) found.emplace_back(*below);
    };
    for (const MountLine& line : lines) {
        if (line.parent == id) {
            add(path_below(path, line.point));
            continue;
        }
        const auto on = by_id.find(line.parent);
        if (!folder || on == by_id.end() || on->second->device != own->second->device) continue;
        if (const auto point = path_in_file_system(*on->second, line.point))
            add(path_below(*folder, *point));
    }
    std::ranges::sort(found);
    found.erase(std::ranges::unique(found).begin(), found.end());
    return found;
}

}  // namespace holt::fs
