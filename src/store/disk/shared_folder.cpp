#include "store/disk/shared_folder.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "fs/file.h"
#include "fs/metadata/metadata.h"
#include "fs/metadata/posix_acl.h"

namespace holt::store {
namespace {

constexpr const char* kShare = "share store";
constexpr std::uint16_t kSharedMode = 02770, kSetGroup = 02000, kGroupWrites = 020;

std::string default_list() {
    using Tag = fs::AclEntry::Tag;
    return fs::encode_acl({{.tag = Tag::owner, .rights = 7},
                           {.tag = Tag::owning_group, .rights = 7},
                           {.tag = Tag::other, .rights = 0}});
}

}  // namespace

Status share_folder(int folder, std::uint32_t group, const std::string& shown) {
    if (Status given = fs::give_to_group(folder, group, shown); !given) {
        if (given.error().sys_errno != EPERM) return given;
        return fail(ErrorKind::failed, kShare, shown,
                    "only root and the folder's owner, if he is a member, may give it to group " +
                        std::to_string(group));
    }
    HOLT_TRY(fs::set_mode(folder, kSharedMode, shown));
    const std::string list = default_list();
    if (Status set = fs::set_xattr(folder, std::string(fs::kDefaultAcl), list, shown); !set) {
        if (set.error().sys_errno != EOPNOTSUPP) return set;
        return fail(ErrorKind::failed, kShare, shown,
                    "its file system keeps no access lists, without which what a member makes has "
                    "the rights that his umask says",
                    "choose a folder on ext4, xfs, btrfs or tmpfs");
    }
    HOLT_TRY_LET(now, group_of_shared(folder, shown));
    if (now == group) return {};
    return fail(ErrorKind::failed, kShare, shown,
                "its file system does not keep the group's rights");
}

Result<std::optional<std::uint32_t>> group_of_shared(int folder, const std::string& shown) {
    HOLT_TRY_LET(stat, fs::stat_fd(folder, shown));
    constexpr std::uint16_t kBoth = kSetGroup | kGroupWrites;
    if ((stat.mode & kBoth) != kBoth) return std::optional<std::uint32_t>();
    return std::optional(stat.gid);
}

}  // namespace holt::store
