// Proves I10 for all that can be a mount below a destination, and all ways to reach one: a single
// file, a subvolume, a mount point that another mount leads to or covers, names that
// /proc/self/mountinfo escapes.
#include <sys/mount.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "cli/mounts_world.h"

namespace holt::test {
namespace {

TEST_F(MountsCli, AFileMayBeAMountPointToo) {
    in_own_mounts([&] {
        write_file(path("a/extra"), "");
        write_file(path("a/f"), "changed");
        bind("precious/d", "a/extra");
        for (const auto& options : kRemoving) {
            std::vector<std::string> args{"restore", "one", path("a")};
            args.insert(args.end(), options.begin(), options.end());
            const Finished ended = run(args);
            EXPECT_EQ(ended.code, 3) << ended.err;
            expect_named(ended, "a/extra");
            EXPECT_EQ(read_file(path("a/f")), "x");
        }
        unmount("a/extra");
        // The same content, so that only its mode or time would have to be mended; and another one.
        for (const std::string over : {"t/f", "precious/d"}) {
            ASSERT_EQ(::chmod(path(over).c_str(), 0600), 0);
            bind(over, "a/f");
            write_file(path("a/keep/g"), "changed");
            for (const auto* ways : {&kRemoving, &kOthers})
                for (const auto& options : *ways) {
                    std::vector<std::string> args{"restore", "one", path("a")};
                    args.insert(args.end(), options.begin(), options.end());
                    const Finished ended = run(args);
                    EXPECT_EQ(ended.code, 12) << ended.err;
                    expect_named(ended, "a/f");
                    EXPECT_EQ(read_file(path("a/keep/g")), "changed");
                }
            unmount("a/f");
        }
    });
    expect_precious();
    struct stat st {};
    ASSERT_EQ(::stat(path("precious/d").c_str(), &st), 0);
    EXPECT_EQ(st.st_mode & 07777, 0600u);
}

// The mount is at another place of the same file system: the kernel lets nobody remove its mount
// point, also not by the path at which nothing is mounted.
TEST_F(MountsCli, AMountPointReachedByAnotherMountStays) {
    in_own_mounts([&] {
        stdfs::create_directories(path("other way"));
        bind("a", "other way");
        stdfs::create_directories(path("a/vol"));
        bind("precious", "a/vol");
        const Finished ended = run({"restore", "one", path("other way"), "--force", "--delete"});
        EXPECT_EQ(ended.code, 3) << ended.err;
        expect_named(ended, "other way/vol");
        expect_precious();
    });
    expect_precious();
}

// A mount that another one was put over is not below the destination any more.
TEST_F(MountsCli, AMountThatIsCoveredIsNotInTheWay) {
    in_own_mounts([&] {
        stdfs::create_directories(path("top/vol"));
        bind("precious", "top/vol");
        ASSERT_EQ(::mount("none", path("top").c_str(), "tmpfs", 0, "size=4m"), 0);
        write_file(path("top/vol"), "a file of the new file system");
        const Finished ended = run({"restore", "one", path("top"), "--force", "--delete"});
        EXPECT_EQ(ended.code, 0) << ended.err;
        EXPECT_FALSE(stdfs::exists(path("top/vol")));
    });
    expect_precious();
}

TEST_F(MountsCli, NamesWithSpacesAndNewlinesAreFound) {
    in_own_mounts([&] {
        const std::string odd = "a/two words\tand\na \\040 line";
        stdfs::create_directories(path(odd));
        bind("precious", odd);
        const Finished ended = run({"restore", "one", path("a")});
        EXPECT_EQ(ended.code, 3) << ended.err;
        expect_named(ended, "a/two words\\tand\\na \\\\040 line");
    });
    expect_precious();
}

// The check finds them by their device where no mount tells of them.
TEST_F(MountsCli, SubvolumesOfBtrfs) {
    in_own_mounts([&] {
        const std::string image = path("image"), at = path("btrfs");
        std::ofstream(image).close();
        stdfs::resize_file(image, std::uintmax_t{256} << 20);
        stdfs::create_directory(at);
        const std::string make =
            "mkfs.btrfs -q '" + image + "' && mount -o loop '" + image + "' '" + at + "'";
        if (std::system((make + " >/dev/null 2>&1").c_str()) != 0) ::_exit(kNoMounts);
        const auto subvolume = [&](const std::string& name) {
            const std::string command = "btrfs -q subvolume create '" + at + "/" + name + "'";
            ASSERT_EQ(std::system(command.c_str()), 0);
            write_file(at + "/" + name + "/d", "d");
        };
        ASSERT_EQ(run({"restore", "-q", "one", at + "/a"}).code, 0);
        write_file(at + "/a/f", "changed");
        subvolume("a/vol");
        stdfs::create_directories(at + "/a/more/deep");
        write_file(at + "/a/more/file", "too many");
        subvolume("a/more/deep/vol");
        for (const auto& options : kRemoving) {
            std::vector<std::string> args{"restore", "one", at + "/a"};
            args.insert(args.end(), options.begin(), options.end());
            const Finished ended = run(args);
            EXPECT_EQ(ended.code, 3) << ended.err;
            expect_named(ended, "a/vol");
            expect_named(ended, "a/more/deep/vol");
            EXPECT_EQ(read_file(at + "/a/vol/d"), "d");
            EXPECT_EQ(read_file(at + "/a/more/deep/vol/d"), "d");
            EXPECT_EQ(read_file(at + "/a/f"), "x");
            EXPECT_FALSE(stdfs::exists(at + "/a/more/file"));
        }
        EXPECT_EQ(run({"verify", at + "/a"}).code, 3);
        EXPECT_EQ(run({"restore", "one", at + "/a", "--atomic"}).code, 12);
        stdfs::remove_all(at + "/a/keep");
        subvolume("a/keep");
        write_file(at + "/a/f", "changed");
        for (const auto* ways : {&kRemoving, &kOthers})
            for (const auto& options : *ways) {
                std::vector<std::string> args{"restore", "one", at + "/a"};
                args.insert(args.end(), options.begin(), options.end());
                const Finished ended = run(args);
                EXPECT_EQ(ended.code, 12) << ended.err;
                expect_named(ended, "a/keep");
                EXPECT_EQ(read_file(at + "/a/f"), "changed");
                EXPECT_EQ(read_file(at + "/a/keep/d"), "d");
            }
        EXPECT_EQ(run({"verify", at + "/a"}).code, 12);
        // A folder in the way of a file, with a subvolume in it.
        ASSERT_EQ(run({"restore", "-q", "one", at + "/b"}).code, 0);
        stdfs::remove(at + "/b/f");
        stdfs::create_directories(at + "/b/f");
        subvolume("b/f/vol");
        const Finished ended = run({"restore", "one", at + "/b"});
        EXPECT_EQ(ended.code, 12) << ended.err;
        expect_named(ended, "b/f/vol");
        EXPECT_EQ(read_file(at + "/b/f/vol/d"), "d");
        EXPECT_EQ(std::system(("umount '" + at + "'").c_str()), 0);
    });
}

}  // namespace
}  // namespace holt::test
