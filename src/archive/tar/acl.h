// Access control lists as text, as tars have them: SCHILY.acl.access and SCHILY.acl.default.
//
//   list: entries, with "," or a line's end behind each (GNU tar: "\n", star and bsdtar: ",")
//   entry: TAG ":" [NAME] ":" RIGHTS [":" ID]
//   TAG: user, group, mask, other, or their first letters; NAME: empty for the owner, the owning
//   group, mask and other, else a name or a number; RIGHTS: "rwx" with "-" for what is not there;
//   ID: what bsdtar and star put behind a NAME
// A number counts more than a name: it is what the archive's owners are, too.
// Thread rule: pure functions, but for the names that are asked for.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fs/metadata/account_names.h"
#include "fs/metadata/posix_acl.h"

namespace holt::store {

struct AclText {
    fs::Acl acl{};
    /// Names in it that this machine does not know; `acl` is without their entries.
    std::vector<std::string> unknown{};
    std::vector<fs::AclEntry> of_unknown{};  ///< and those entries, with no id
};

/// Nothing for what is no list. An empty text is an empty list.
std::optional<AclText> parse_acl_text(std::string_view text, fs::AccountNames& names);

/// With numbers for names, each entry on a line, as GNU tar writes it.
std::string acl_text(const fs::Acl& acl);

}  // namespace holt::store
