#include "fs/metadata/account_names.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/bytes.h"
#include "fs/file.h"
#include "fs/folder.h"

namespace holt::fs {
namespace {

constexpr std::size_t kMaxFile = 16u << 20;

/// Takes what stands before the next `end`, and `end` itself.
std::string_view take_until(std::string_view& rest, char end) {
    const std::string_view part = rest.substr(0, rest.find(end));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    return part;
}

// Lines of NAME:password:ID:more. The first line of a name counts.
std::map<std::string, std::uint32_t, std::less<>> read_ids(const std::string& folder,
                                                           const std::string& name) {
    std::map<std::string, std::uint32_t, std::less<>> ids;
    const auto fd = open_folder(folder);
    if (!fd) return ids;
    const auto text = read_file(fd->get(), name, kMaxFile, folder + "/" + name);
    if (!text) return ids;
    for (std::string_view rest = as_text(*text); !rest.empty();) {
        std::string_view line = take_until(rest, '\n');
        const std::string_view account = take_until(line, ':');
        take_until(line, ':');
        const std::string_view digits = take_until(line, ':');
        std::uint32_t id = 0;
        const char* const end = digits.data() + digits.size();
        const auto parsed = std::from_chars(digits.data(), end, id);
        if (parsed.ec == std::errc{} && parsed.ptr == end && !account.empty())
            ids.emplace(account, id);
    }
    return ids;
}

}  // namespace

std::optional<std::uint32_t> AccountNames::find(Account account, std::string_view name) {
    std::optional<Ids>& ids = account == Account::user ? users_ : groups_;
    if (!ids) ids = read_ids(folder_, account == Account::user ? "passwd" : "group");
    const auto found = ids->find(name);
    if (found == ids->end()) return std::nullopt;
    return found->second;
}

}  // namespace holt::fs
