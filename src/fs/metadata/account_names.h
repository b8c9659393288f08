// The ids of users and groups by their names, as /etc/passwd and /etc/group have them.
//
// Read from the files themselves: what a name service would say takes libraries that a static
// program does not have, and may ask the network. Read when the first name is asked for.
// Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace holt::fs {

enum class Account : std::uint8_t { user, group };

class AccountNames {
  public:
    /// `folder`: where the two files are.
    explicit AccountNames(std::string folder = "/etc") : folder_(std::move(folder)) {}
    /// Nothing for a name that this machine does not know.
    std::optional<std::uint32_t> find(Account account, std::string_view name);

  private:
    using Ids = std::map<std::string, std::uint32_t, std::less<>>;
    std::string folder_;
    std::optional<Ids> users_, groups_;
};

}  // namespace holt::fs
