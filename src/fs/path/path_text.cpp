#include "fs/path/path_text.h"

#include <filesystem>
#include <system_error>

namespace holt::fs {

std::string normal_path(const std::string& path) {
    return std::filesystem::path(path).lexically_normal().string();
}

std::optional<std::string> path_below(const std::string& path, const std::string& folder) {
    const std::string start = folder == "/" ? folder : folder + "/";
    if (!path.starts_with(start) || path.size() == start.size()) return std::nullopt;
    return path.substr(start.size());
}

std::string last_part(const std::string& path) {
    return path.substr(path.rfind('/') + 1);
}

std::string resolve_path(const std::string& path) {
    std::error_code failed;
    const auto absolute = std::filesystem::absolute(path, failed);
    const auto resolved = std::filesystem::weakly_canonical(absolute, failed);
    std::string text = (failed ? absolute.lexically_normal() : resolved).string();
    while (text.size() > 1 && text.back() == '/') text.pop_back();
    return text;
}

bool one_holds_other(const std::string& a, const std::string& b) {
    return a == b || path_below(a, b) || path_below(b, a);
}

}  // namespace holt::fs
