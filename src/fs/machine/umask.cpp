#include "fs/machine/umask.h"

#include <charconv>
#include <string_view>

#include "fs/file.h"

namespace holt::fs {

std::uint16_t look_at_umask() noexcept {
    constexpr std::string_view kFile = "/proc/self/status", kWord = "\nUmask:\t";
    constexpr std::uint16_t kUsual = 022;
    const auto status = read_file(kWorkingFolder, std::string(kFile), 1 << 16, kFile);
    if (!status) return kUsual;
    const std::string_view text = as_text(*status);
    const std::size_t at = text.find(kWord);
    if (at == text.npos) return kUsual;
    std::uint16_t mask = kUsual;
    const char* const begin = text.data() + at + kWord.size();
    const auto [end, error] = std::from_chars(begin, text.data() + text.size(), mask, 8);
    return error == std::errc{} ? mask & 0777 : kUsual;
}

}  // namespace holt::fs
