#include "cli/zstd/zstd_files.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>

#include "cli/parse/program_names.h"

namespace holt::cli {
namespace {

namespace filesystem = std::filesystem;

/// What stands behind the last dot of the last component, with the dot; empty where that would be
/// all of it.
std::string_view suffix_of(std::string_view name) {
    const std::string_view base = base_name(name);
    const std::size_t dot = base.rfind('.');
    return dot == std::string_view::npos || dot == 0 ? "" : base.substr(dot);
}

std::vector<std::string> files_below(const std::string& top, const ZstdLeftOut& left_out,
                                     bool follows_links) {
    std::vector<std::string> found;
    std::vector<std::string> folders = {top};
    while (!folders.empty()) {
        const std::string folder = std::move(folders.back());
        folders.pop_back();
        std::error_code error;
        filesystem::directory_iterator entries(folder, error), end;
        while (!error && entries != end) {
            const filesystem::file_status own = entries->symlink_status(error);
            if (error) break;
            const bool link = filesystem::is_symlink(own);
            std::error_code dangling;
            const auto status = link && follows_links ? entries->status(dangling) : own;
            // A link to a folder may lead back to where it is.
            if (filesystem::is_directory(status) && !link) folders.push_back(entries->path());
            if (filesystem::is_regular_file(status)) found.push_back(entries->path());
            entries.increment(error);
        }
        if (error) left_out.unreadable(fail_errno(error.value(), "read folder", folder).error());
    }
    std::ranges::sort(found);
    return found;
}

Status add_lines(const std::string& list, std::vector<std::string>& names) {
    std::ifstream in(list, std::ios::binary);
    std::string line;
    while (std::getline(in, line))
        if (!line.empty()) names.push_back(line);
    if (in.eof()) return {};
    return fail_errno(errno != 0 ? errno : EIO, "read list", list);
}

}  // namespace

std::optional<std::string> zstd_output_name(const std::string& input, const ZstdOptions& options) {
    if (options.mode == ZstdMode::compress)
        return input + (options.format == ZstdFormat::gzip ? ".gz" : ".zst");
    const std::string_view suffix = suffix_of(input);
    const std::string stem = input.substr(0, input.size() - suffix.size());
    if (suffix == ".zst" || suffix == ".zstd" || suffix == ".gz") return stem;
    if (suffix == ".tzst" || suffix == ".tgz") return stem + ".tar";
    return std::nullopt;
}

bool is_compressed_name(const std::string& name) {
    // Archives and streams, packages, pictures, sound, films and documents that are such inside.
    static constexpr std::string_view kSuffixes[] = {
        ".zst",  ".tzst", ".zstd", ".gz",   ".tgz",  ".lzma", ".xz",   ".txz", ".lz4",  ".tlz4",
        ".bz2",  ".tbz2", ".zip",  ".7z",   ".rar",  ".br",   ".lz",   ".lzo", ".Z",    ".lzh",
        ".cab",  ".arj",  ".deb",  ".rpm",  ".apk",  ".jar",  ".war",  ".whl", ".crx",  ".xpi",
        ".jpg",  ".jpeg", ".png",  ".gif",  ".webp", ".heic", ".avif", ".jxl", ".mp3",  ".m4a",
        ".aac",  ".ogg",  ".oga",  ".opus", ".flac", ".wma",  ".ape",  ".mp4", ".m4v",  ".mov",
        ".mkv",  ".webm", ".avi",  ".mpg",  ".mpeg", ".wmv",  ".flv",  ".vob", ".docx", ".xlsx",
        ".pptx", ".odt",  ".ods",  ".odp",  ".epub", ".woff", ".woff2"};
    return std::ranges::find(kSuffixes, suffix_of(name)) != std::end(kSuffixes);
}

std::string in_flat_folder(const std::string& folder, const std::string& name) {
    const std::string slash = folder.ends_with('/') ? "" : "/";
    return folder + slash + std::string(base_name(name));
}

Result<std::string> in_mirror_folder(const std::string& folder, const std::string& input,
                                     const std::string& name) {
    for (const filesystem::path& part : filesystem::path(input))
        if (part == "..")
            return fail(ErrorKind::failed, "mirror", input, "its path leads out of the folder",
                        "name it by a path without '..'");
    filesystem::path below(folder);
    for (const filesystem::path& part : filesystem::path(name).relative_path())
        if (part != ".") below /= part;
    std::error_code error;
    if (!filesystem::exists(input, error)) return below.string();  // opening it will tell
    filesystem::create_directories(below.parent_path(), error);
    if (error) return fail_errno(error.value(), "make folder", below.parent_path());
    return below.string();
}

Result<std::vector<std::string>> zstd_names(const ZstdArgs& args, const ZstdLeftOut& left_out) {
    std::vector<std::string> names;
    for (const std::string& name : args.files) {
        std::error_code error;
        const bool skipped = !args.follows_links && name != kStdin &&
                             filesystem::is_symlink(name, error) &&
                             !filesystem::is_fifo(name, error);
        if (skipped)
            left_out.link(name);
        else
            names.push_back(name);
    }
    for (const std::string& list : args.filelists) HOLT_TRY(add_lines(list, names));
    if (!args.recursive) return names;
    std::vector<std::string> files;
    for (const std::string& name : names) {
        std::error_code error;
        if (name == kStdin || !filesystem::is_directory(name, error)) {
            files.push_back(name);
            continue;
        }
        const auto below = files_below(name, left_out, args.follows_links);
        files.insert(files.end(), below.begin(), below.end());
    }
    return files;
}

}  // namespace holt::cli
