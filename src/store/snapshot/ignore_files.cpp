#include "store/snapshot/ignore_files.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "fs/file.h"

namespace holt::store {
namespace {

constexpr std::string_view kTagName = "CACHEDIR.TAG";
// https://bford.info/cachedir/: the first 43 bytes of the file.
constexpr std::string_view kTagSignature = "Signature: 8a477f597d28d172789f06886806bc55";
constexpr std::string_view kGitignore = ".gitignore";
constexpr std::size_t kMaxGitignore = 8u << 20;  // bytes; git itself stops at 100 MiB

bool has(const std::vector<std::string>& names, std::string_view name) {
    return std::ranges::binary_search(names, name);
}

// Whether the name, which is in the folder, is a file's: no symlink is followed, no FIFO opened.
bool is_file(int folder, std::string name, const std::string& shown) {
    const fs::Listing listing = fs::look_at_names(folder, std::span(&name, 1), shown);
    return listing.entries.size() == 1 && listing.entries.front().stat.kind == fs::Kind::file;
}

}  // namespace

std::vector<std::string> gitignore_patterns(std::string_view text) {
    std::vector<std::string> patterns;
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(text.size(), end + 1));
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.starts_with('#')) continue;
        // Spaces at the end do not count, unless the last one is quoted.
        while (line.ends_with(' ')) {
            std::size_t quotes = 0;
            while (quotes + 1 < line.size() && line[line.size() - 2 - quotes] == '\\') ++quotes;
            if (quotes % 2 == 1) break;
            line.remove_suffix(1);
        }
        if (!line.empty()) patterns.emplace_back(line);
    }
    return patterns;
}

bool IgnoreFiles::is_cache(const std::string& path, int folder) const {
    const std::string tag(kTagName);
    const std::string shown = fs::join_path(path, tag);
    if (!is_file(folder, tag, path)) return false;
    const auto fd = fs::open_read(folder, tag, shown);
    if (!fd) return false;
    std::array<std::uint8_t, kTagSignature.size()> begin{};
    const auto got = fs::read_full(fd->get(), begin, shown);
    return got && *got == begin.size() && as_text(begin) == kTagSignature;
}

std::optional<std::string> IgnoreFiles::mark_of(const std::string& path, int folder,
                                                const Names& names) const {
    if (path.empty()) return std::nullopt;  // the root is what the user asked for
    if (options_.caches && has(names, kTagName) && is_cache(path, folder))
        return std::string(kTagName);
    for (const std::string& name : options_.if_present)
        if (has(names, name)) return name;
    return std::nullopt;
}

void IgnoreFiles::read_gitignore(const std::string& path, int folder, const Names& names) {
    const std::string name(kGitignore);
    // git follows no symlink.
    if (!has(names, name) || !is_file(folder, name, path)) return;
    const std::string shown = fs::join_path(path, name);
    const auto text = fs::read_file(folder, name, kMaxGitignore, shown);
    if (!text) {
        reporter_.warn(text.error());
        return;
    }
    auto rules = std::make_shared<const Exclude>(
        Exclude::from_gitignore(gitignore_patterns(as_text(*text))));
    if (rules->empty()) return;
    const std::lock_guard lock(mutex_);
    rules_.emplace(path, std::move(rules));
}

// From the folder it is in upwards: the first that has something to say decides.
bool IgnoreFiles::is_ignored(const std::string& path, fs::Kind kind) const {
    for (std::size_t end = path.size(); end != std::string::npos && end > 0;) {
        end = path.rfind('/', end - 1);
        const std::string folder = end == std::string::npos ? "" : path.substr(0, end);
        std::shared_ptr<const Exclude> rules;
        {
            const std::lock_guard lock(mutex_);
            const auto found = rules_.find(folder);
            if (found != rules_.end()) rules = found->second;
        }
        if (!rules) continue;
        const std::string_view below =
            std::string_view(path).substr(folder.empty() ? 0 : folder.size() + 1);
        if (const std::optional<bool> decided = rules->decides(below, kind)) return *decided;
    }
    return false;
}

fs::WalkOptions::KeepEntry IgnoreFiles::apply(const std::string& path, int folder, Names& names) {
    if (auto mark = mark_of(path, folder, names)) {
        names = {*std::move(mark)};
        return {};
    }
    if (!options_.gitignore) return {};
    read_gitignore(path, folder, names);
    {
        const std::lock_guard lock(mutex_);
        if (rules_.empty()) return {};
    }
    return [this, path](const fs::DirEntry& entry) {
        return !is_ignored(fs::join_path(path, entry.name), entry.stat.kind);
    };
}

}  // namespace holt::store
