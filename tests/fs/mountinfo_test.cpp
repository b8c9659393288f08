// Proves: mountinfo is read as proc(5) describes it, and of its mounts exactly those are found that
// keep a name below a folder from being removed.
#include "fs/mount/mountinfo.h"

#include <gtest/gtest.h>

namespace holt::fs {
namespace {

using Paths = std::vector<std::string>;

// / with /x on it, and what is mounted below: memory, a bind mount of a folder of the same file
// system, a mount on a mount, one covered by another, and names that are escaped.
constexpr std::string_view kInfo =
    "20 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
    "21 20 0:30 / /x/a/memory rw - tmpfs none rw\n"
    "22 20 8:1 /precious /x/a/bound rw master:2 propagate_from:1 - ext4 /dev/sda1 rw\n"
    "23 22 0:31 / /x/a/bound/inner rw - tmpfs none rw\n"
    "24 20 8:1 /file /x/a/file rw - ext4 /dev/sda1 rw\n"
    "25 20 0:32 / /x/a/two\\040words\\011\\012\\134 rw - tmpfs none rw\n"
    "26 20 0:33 / /covered rw - tmpfs none rw\n"
    "27 20 0:34 / /covered/before rw - tmpfs none rw\n"
    "28 26 0:35 / /covered/after rw - tmpfs none rw\n"
    "29 20 8:1 /x /way rw - ext4 /dev/sda1 rw\n"
    "30 20 0:36 / /x/ab rw - tmpfs none rw\n"
    "nonsense\n"
    "31 20 8:1\n";

TEST(MountInfo, FindsWhatIsMountedBelowAFolder) {
    const auto lines = parse_mountinfo(kInfo);
    EXPECT_EQ(lines.size(), 11u);
    EXPECT_EQ(mount_points_below(lines, 20, "/x/a"),
              (Paths{"bound", "file", "memory", "two words\t\n\\"}));
    EXPECT_EQ(mount_points_below(lines, 20, "/x/a/memory"), Paths{});
    EXPECT_EQ(mount_points_below(lines, 21, "/x/a/memory"), Paths{});
    EXPECT_EQ(mount_points_below(lines, 20, "/x"),
              (Paths{"a/bound", "a/file", "a/memory", "a/two words\t\n\\", "ab"}));
}

TEST(MountInfo, OfAFolderThatIsAMountOnlyWhatIsMountedOnThat) {
    const auto lines = parse_mountinfo(kInfo);
    EXPECT_EQ(mount_points_below(lines, 22, "/x/a/bound"), Paths{"inner"});
    EXPECT_EQ(mount_points_below(lines, 26, "/covered"), Paths{"after"});
}

// The kernel removes no mount point, by whatever path it is named.
TEST(MountInfo, MountPointsReachedByAnotherMountOfTheFileSystem) {
    const auto lines = parse_mountinfo(kInfo);
    EXPECT_EQ(mount_points_below(lines, 29, "/way/a"),
              (Paths{"bound", "file", "memory", "two words\t\n\\"}));
    EXPECT_EQ(mount_points_below(lines, 29, "/way"),
              (Paths{"a/bound", "a/file", "a/memory", "a/two words\t\n\\", "ab"}));
}

// In a chroot into the middle of a mount that mount itself is not listed.
TEST(MountInfo, WhereTheMountOfTheFolderIsNotListed) {
    const auto lines = parse_mountinfo(
        "21 20 0:30 / /a/memory rw - tmpfs none rw\n"
        "22 21 0:31 / /a/memory/inner rw - tmpfs none rw\n");
    EXPECT_EQ(mount_points_below(lines, 20, "/a"), Paths{"memory"});
    EXPECT_EQ(mount_points_below(lines, 99, "/a"), Paths{});
    EXPECT_EQ(mount_points_below(lines, 20, "/"), Paths{"a/memory"});
}

}  // namespace
}  // namespace holt::fs
