#include "relocation/prefixes.h"

#include <algorithm>

namespace holt::relocation {
namespace {

constexpr std::size_t kLeast = 3;    // "/a" stands in too much that is no path
constexpr std::size_t kMost = 4095;  // PATH_MAX less its NUL

const char* problem_of(const std::string& path) noexcept {
    if (path.empty() || path[0] != '/') return "it is not an absolute path";
    if (path.size() < kLeast) return "it is so short that it would be found everywhere";
    if (path.size() > kMost) return "it is longer than a path can be";
    if (path.back() == '/') return "it ends in a slash";
    if (path.find('\0') != path.npos) return "it has a NUL";
    return nullptr;
}

}  // namespace

Result<Prefixes> Prefixes::make(const std::string& given, const std::string& real) {
    Prefixes prefixes;
    for (const std::string& path : {given, real}) {
        if (const char* problem = problem_of(path))
            return fail(ErrorKind::usage, "relocate", path, problem,
                        "use a folder with a longer path");
        if (!prefixes.has(path)) prefixes.paths_.push_back(path);
    }
    return prefixes;
}

bool Prefixes::has(const std::string& path) const noexcept {
    return std::ranges::find(paths_, path) != paths_.end();
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
