#include "relocation/prefixes.h"

#include <algorithm>

namespace holt::relocation {
namespace {

constexpr std::size_t kLeast = 3;       // "/a" stands in too much that is no path
constexpr std::size_t kLongest = 4095;  // PATH_MAX less its NUL

const char* problem_of(const std::string& path) noexcept {
    if (path.empty() || path[0] != '/') return "it is not an absolute path";
    if (path.size() < kLeast) return "it is so short that it would be found everywhere";
    if (path.size() > kLongest) return "it is longer than a path can be";
    if (path.back() == '/') return "it ends in a slash";
    if (path.find('\0') != path.npos) return "it has a NUL";
    return nullptr;
}

}  // namespace

Status Prefixes::add(std::size_t folder, const std::string& path) {
    if (const char* problem = problem_of(path))
        return fail(ErrorKind::usage, "relocate", path, problem, "use a folder with a longer path");
    if (has(path)) return {};
    if (paths_.size() == kMost)
        return fail(ErrorKind::usage, "relocate", path,
                    "more than " + std::to_string(kMost) + " paths would be looked for",
                    "save fewer folders together");
    paths_.push_back(path);
    folders_.push_back(folder);
    return {};
}

Result<Prefixes> Prefixes::make(const std::string& given, const std::string& real) {
    return make(std::vector<Folder>{{given, real}});
}

Result<Prefixes> Prefixes::make(const std::vector<Folder>& folders) {
    Prefixes prefixes;
    for (std::size_t i = 0; i < folders.size(); ++i) {
        HOLT_TRY(prefixes.add(i, folders[i].given));
        HOLT_TRY(prefixes.add(i, folders[i].real));
    }
    return prefixes;
}

Result<Prefixes> Prefixes::from_texts(const std::vector<std::string>& texts) {
    Prefixes prefixes;
    std::size_t folder = 0;
    for (const std::string& text : texts) {
        if (text.empty())
            ++folder;
        else
            HOLT_TRY(prefixes.add(folder, text));
    }
    return prefixes;
}

std::vector<std::string> Prefixes::texts() const {
    std::vector<std::string> texts;
    std::size_t folder = 0;
    for (std::size_t i = 0; i < paths_.size(); ++i) {
        for (; folder < folders_[i]; ++folder) texts.emplace_back();
        texts.push_back(paths_[i]);
    }
    return texts;
}

bool Prefixes::has(const std::string& path) const noexcept {
    return std::ranges::find(paths_, path) != paths_.end();
}

bool Prefixes::has(std::size_t folder, const std::string& path) const noexcept {
    const auto found = std::ranges::find(paths_, path);
    return found != paths_.end() &&
           folders_[static_cast<std::size_t>(found - paths_.begin())] == folder;
}

// The control bytes in their order, without tab, line feed and carriage return.
char Prefixes::byte_of(std::size_t i) noexcept {
    constexpr std::size_t kTab = 9, kReturn = 11;
    return static_cast<char>(i < kTab ? i : i < kReturn ? i + 2 : i + 3);
}

std::optional<std::size_t> Prefixes::number_of(char byte) const noexcept {
    for (std::size_t i = 0; i < paths_.size(); ++i)
        if (byte_of(i) == byte) return i;
    return std::nullopt;
}

Status check_target(const std::string& path) {
    const auto refuse = [&](const char* problem) {
        return fail(ErrorKind::unsafe_input, "relocate to", path, problem,
                    Advice::without_relocation);
    };
    if (const char* problem = problem_of(path)) return refuse(problem);
    const auto is_control = [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7F;
    };
    if (std::ranges::any_of(path, is_control))
        return refuse("it has control characters, which the texts that name it cannot hold");
    return {};
}

}  // namespace holt::relocation
