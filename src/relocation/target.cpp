#include "relocation/target.h"

namespace holt::relocation {

Target::Target(std::string_view text) noexcept
    : paths_(text.starts_with('!') ? text.substr(1) : text), leaves_(text.starts_with('!')) {}

std::string Target::text(const std::vector<std::string>& paths) {
    std::string text;
    for (std::size_t i = 0; i < paths.size(); ++i) {
        if (i > 0) text += '\0';
        text += paths[i];
    }
    return text;
}

std::string Target::leaving(const std::string& text) {
    return "!" + text;
}

std::string_view Target::moved(const Prefixes& prefixes, std::size_t prefix) const noexcept {
    std::string_view paths = paths_;
    for (std::size_t folder = prefixes.folder_of(prefix); folder > 0; --folder) {
        const std::size_t end = paths.find('\0');
        paths = end == paths.npos ? std::string_view() : paths.substr(end + 1);
    }
    const std::string_view path = paths.substr(0, paths.find('\0'));
    return path.empty() ? std::string_view(prefixes[prefix]) : path;
}

}  // namespace holt::relocation
