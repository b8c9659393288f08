// Proves: file systems without locks that can be trusted are known by their type; the lower layers
// of overlays are read from their options as the kernel writes them; a folder that is one is found.
#include "fs/mount/network.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>

#include "fs/folder.h"
#include "fs/mount/mountinfo.h"
#include "support/child.h"
#include "support/temp_dir.h"

namespace holt::fs {
namespace {

TEST(NetworkFileSystem, IsKnownByItsType) {
    EXPECT_EQ(network_file_system(0x6969), "NFS");
    EXPECT_EQ(network_file_system(0x65735546), "FUSE");
    EXPECT_EQ(network_file_system(0xFE534D42), "SMB2");
    EXPECT_EQ(network_file_system(0x00C36400), "Ceph");
    for (const std::uint32_t local :
         {0xEF53u, 0x58465342u, 0x9123683Eu, 0x01021994u, 0x794C7630u, 0xF2F52010u, 0x2FC12FC1u})
        EXPECT_EQ(network_file_system(local), std::nullopt) << std::hex << local;
    const auto here = open_folder("/tmp");
    ASSERT_TRUE(here);
    const auto kind = network_file_system(here->get(), "/tmp");
    ASSERT_TRUE(kind) << kind.error().message();
}

TEST(LowerLayers, AreReadAsTheKernelWritesThem) {
    using Layers = std::vector<std::string>;
    EXPECT_EQ(lower_layers("rw,lowerdir=/a:/b,upperdir=/u,workdir=/w"), (Layers{"/a", "/b"}));
    EXPECT_EQ(lower_layers("ro,lowerdir=/a\\:x:/b"), (Layers{"/a:x", "/b"}));
    EXPECT_EQ(lower_layers("rw,lowerdir=/a::/data"), (Layers{"/a", "/data"}));
    EXPECT_EQ(lower_layers("rw,lowerdir+=/a,lowerdir+=/b,datadir+=/c"), (Layers{"/a", "/b", "/c"}));
    EXPECT_EQ(lower_layers("rw,upperdir=/u"), Layers{});
    EXPECT_EQ(lower_layers(""), Layers{});
}

TEST(MountInfo, HasTypeAndOptionsBehindAnyNumberOfFields) {
    const auto lines = parse_mountinfo(
        "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 propagate_from:2 - ext3 /dev/root rw,data=x\n"
        "37 35 0:1 / /over rw - overlay overlay rw,lowerdir=/a\\040b\n");
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_EQ(lines[0].type, "ext3");
    EXPECT_EQ(lines[0].super_options, "rw,data=x");
    EXPECT_EQ(lines[1].type, "overlay");
    EXPECT_EQ(lower_layers(lines[1].super_options), std::vector<std::string>{"/a b"});
}

// A folder that is a lower layer, one in it, and one above it; not one beside it.
TEST(Overlay, IsFoundAboveItsLowerLayer) {
    constexpr int kNoMounts = 77;
    const test::TempDir dir(test::memory_folder());
    const int ended = test::in_child([&] {
        const std::filesystem::path base = dir.path();
        for (const char* name : {"lower/store", "upper", "work", "merged", "other"})
            std::filesystem::create_directories(base / name);
        const std::string options = "lowerdir=" + (base / "lower").string() +
                                    ",upperdir=" + (base / "upper").string() +
                                    ",workdir=" + (base / "work").string();
        const bool mounted =
            ::unshare(CLONE_NEWNS) == 0 &&
            ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
            ::mount("overlay", (base / "merged").c_str(), "overlay", 0, options.c_str()) == 0;
        if (!mounted) ::_exit(kNoMounts);
        const auto above = [&](const char* name) {
            const auto folder = open_folder((base / name).string());
            EXPECT_TRUE(folder);
            const auto found = overlay_above(folder->get(), name);
            EXPECT_TRUE(found) << found.error().message();
            return found.value_or(std::nullopt);
        };
        const std::optional<std::string> merged = (base / "merged").string();
        EXPECT_EQ(above("lower"), merged);
        EXPECT_EQ(above("lower/store"), merged);
        EXPECT_EQ(above(""), merged);
        EXPECT_EQ(above("other"), std::nullopt);
        EXPECT_EQ(above("upper"), std::nullopt);
    });
    if (ended == kNoMounts) GTEST_SKIP() << "may not mount an overlay";
    EXPECT_EQ(ended, 0);
}

}  // namespace
}  // namespace holt::fs
