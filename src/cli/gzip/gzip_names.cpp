#include "cli/gzip/gzip_names.h"

#include <algorithm>
#include <cctype>

#include "cli/parse/program_names.h"

namespace holt::cli {
namespace {

constexpr std::size_t kLongestSuffix = 30;

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) {
        return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    });
    return out;
}

}  // namespace

bool is_gzip_suffix(std::string_view suffix) noexcept {
    return !suffix.empty() && suffix.size() <= kLongestSuffix &&
           suffix.find('/') == std::string_view::npos;
}

std::string gzip_suffix_of(std::string_view name, std::string_view own) {
    const std::string_view base = base_name(name);
    for (const std::string_view suffix :
         {own, kGzipSuffix, std::string_view(".z"), std::string_view(".taz"),
          std::string_view(".tgz"), std::string_view("-gz"), std::string_view("-z"),
          std::string_view("_z")}) {
        if (base.size() <= suffix.size()) continue;
        const std::string_view end = base.substr(base.size() - suffix.size());
        if (end == suffix || lower(end) == lower(suffix)) return std::string(end);
    }
    return {};
}

std::optional<std::string> without_gzip_suffix(const std::string& name, std::string_view own) {
    const std::string suffix = gzip_suffix_of(name, own);
    if (suffix.empty()) return std::nullopt;
    const std::string stem = name.substr(0, name.size() - suffix.size());
    const std::string word = lower(suffix);
    return word == ".tgz" || word == ".taz" ? stem + ".tar" : stem;
}

std::vector<std::string> gzip_candidates(const std::string& name, std::string_view own) {
    std::vector<std::string> out;
    if (!gzip_suffix_of(name, own).empty()) return out;
    for (const std::string_view suffix : {own, kGzipSuffix, std::string_view(".z"),
                                          std::string_view("-z"), std::string_view(".Z")}) {
        std::string candidate = name + std::string(suffix);
        if (std::ranges::find(out, candidate) == out.end()) out.push_back(std::move(candidate));
    }
    return out;
}

std::optional<std::string> beside(const std::string& input, std::string_view stored) {
    const std::string_view base = base_name(stored);
    if (base.empty() || base == "." || base == "..") return std::nullopt;
    const std::size_t folder = input.size() - base_name(input).size();
    return input.substr(0, folder) + std::string(base);
}

}  // namespace holt::cli
