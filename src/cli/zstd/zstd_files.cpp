#include "cli/zstd/zstd_files.h"

#include <algorithm>
#include <filesystem>

#include "base/error.h"

namespace holt::cli {
namespace {

namespace filesystem = std::filesystem;

}  // namespace

std::optional<std::string> zstd_output_name(const std::string& input, ZstdMode mode) {
    if (mode == ZstdMode::compress) return input + ".zst";
    const auto has_stem_before = [&](std::string_view suffix) {
        return input.size() > suffix.size() && input.ends_with(suffix) &&
               input[input.size() - suffix.size() - 1] != '/';
    };
    if (has_stem_before(".tzst")) return input.substr(0, input.size() - 5) + ".tar";
    if (has_stem_before(".zst")) return input.substr(0, input.size() - 4);
    return std::nullopt;
}

std::vector<std::string> files_below(const std::vector<std::string>& names,
                                     const std::function<void(const Error&)>& left_out) {
    std::vector<std::string> files;
    for (const std::string& name : names) {
        std::error_code error;
        if (!filesystem::is_directory(name, error)) {
            files.push_back(name);
            continue;
        }
        std::vector<std::string> found;
        std::vector<std::string> folders = {name};
        while (!folders.empty()) {
            const std::string folder = std::move(folders.back());
            folders.pop_back();
            filesystem::directory_iterator entries(folder, error), end;
            while (!error && entries != end) {
                const filesystem::file_status status = entries->symlink_status(error);
                if (error) break;
                if (filesystem::is_directory(status)) folders.push_back(entries->path());
                if (filesystem::is_regular_file(status)) found.push_back(entries->path());
                entries.increment(error);
            }
            if (error) left_out(fail_errno(error.value(), "read folder", folder).error());
        }
        std::ranges::sort(found);
        files.insert(files.end(), found.begin(), found.end());
    }
    return files;
}

}  // namespace holt::cli
