// Proves I10: what is mounted below a destination is never emptied, changed or replaced, whatever
// is mounted (a bind mount of the same file system, of another one, of a single file, memory, a
// btrfs subvolume) and however the restore goes about it. Where the snapshot has something there
// the restore is refused with 12 before the first change; where it has nothing the mount stays, is
// named, and the exit code is 3. verify and --dry-run tell the same and change nothing.
#include <sched.h>
#include <sys/mount.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

#include "cli/store_fixture.h"
#include "support/child.h"
#include "support/tree_compare.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

class MountsCli : public StoreTest {
  protected:
    static constexpr int kNoMounts = 77;

    MountsCli() {
        stdfs::create_directories(path("t/keep"));
        write_file(path("t/f"), "x");
        write_file(path("t/keep/g"), "y");
        stdfs::create_directories(path("precious/sub"));
        write_file(path("precious/d"), "d");
        write_file(path("precious/sub/e"), "e");
        EXPECT_EQ(run({"snapshot", "-q", path("t"), "--name", "one"}).code, 0);
        EXPECT_EQ(run({"restore", "-q", "one", path("a")}).code, 0);
    }
    void in_own_mounts(const std::function<void()>& body) {
        if (!root()) GTEST_SKIP() << "mounting needs root";
        const int end = in_child([&] {
            if (::unshare(CLONE_NEWNS) != 0 ||
                ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
                ::_exit(kNoMounts);
            body();
        });
        if (end == kNoMounts) GTEST_SKIP() << "may not mount";
        EXPECT_EQ(end, 0);
    }
    void bind(const std::string& from, const std::string& to) const {
        ASSERT_EQ(::mount(path(from).c_str(), path(to).c_str(), nullptr, MS_BIND, nullptr), 0)
            << to;
    }
    void unmount(const std::string& at) const {
        EXPECT_EQ(::umount2(path(at).c_str(), MNT_DETACH), 0) << at;
    }
    void expect_precious(const std::string& at = "precious") const {
        EXPECT_EQ(read_file(path(at + "/d")), "d");
        EXPECT_EQ(read_file(path(at + "/sub/e")), "e");
    }
    /// The restored tree is as it was, and no restore is under way in it.
    void expect_unchanged(const std::string& dest) const {
        EXPECT_EQ(read_file(path(dest + "/f")), "changed");
        for (const auto& entry : stdfs::directory_iterator(path(dest)))
            EXPECT_FALSE(entry.path().filename().string().starts_with(".")) << entry.path();
    }
    static void expect_told(const Finished& ended, const std::vector<std::string>& lines) {
        for (const std::string& line : lines)
            EXPECT_NE(("\n" + ended.out).find("\n" + line), std::string::npos)
                << line << ":\n"
                << ended.out << ended.err;
    }
    static void expect_named(const Finished& ended, const std::string& name) {
        EXPECT_NE(ended.err.find(name), std::string::npos) << ended.err;
    }
};

// However an existing folder is restored into with all extras going.
const std::vector<std::vector<std::string>> kRemoving{{}, {"--paranoid"}, {"--force", "--delete"}};
// And with the extras staying, or the whole folder going.
const std::vector<std::vector<std::string>> kOthers{{"--force"}, {"--atomic"}};

TEST_F(MountsCli, AMountThatIsAnExtraStaysAndIsNamed) {
    in_own_mounts([&] {
        stdfs::create_directories(path("a/vol"));
        bind("precious", "a/vol");
        for (const auto& options : kRemoving) {
            write_file(path("a/extra"), "too many");
            write_file(path("a/f"), "changed");
            std::vector<std::string> args{"restore", "one", path("a")};
            args.insert(args.end(), options.begin(), options.end());
            for (const bool dry : {true, false}) {
                if (!dry) std::erase(args, "--dry-run");
                if (dry) args.push_back("--dry-run");
                const Finished ended = run(args);
                EXPECT_EQ(ended.code, 3) << ended.err;
                expect_named(ended, "a/vol");
                expect_named(ended, "1 removed");
                expect_precious();
                EXPECT_EQ(read_file(path("a/f")), dry ? "changed" : "x");
                EXPECT_EQ(stdfs::exists(path("a/extra")), dry);
            }
        }
        // Nothing else differs: verify tells the mount, and no difference.
        const Finished verified = run({"verify", path("a")});
        EXPECT_EQ(verified.code, 3) << verified.err;
        EXPECT_EQ(verified.out, "");
        expect_named(verified, "a/vol");
        unmount("a/vol");
        EXPECT_EQ(run({"restore", "one", path("a")}).code, 0);
        EXPECT_FALSE(stdfs::exists(path("a/vol")));
    });
    expect_precious();
}

TEST_F(MountsCli, AMountDeepInAnExtraFolderStaysWithTheFoldersAboveIt) {
    in_own_mounts([&] {
        stdfs::create_directories(path("a/more/vol/on"));
        write_file(path("a/more/file"), "too many");
        write_file(path("a/more/vol/file"), "too many");
        bind("precious", "a/more/vol/on");
        ASSERT_EQ(::mount("none", path("a/more/vol/on/sub").c_str(), "tmpfs", 0, "size=1m"), 0);
        write_file(path("a/more/vol/on/sub/inner"), "in memory");
        const Finished told = run({"verify", path("a")});
        EXPECT_EQ(told.code, 1);
        EXPECT_TRUE(told.out.ends_with("+ more/file\n+ more/vol/file\n")) << told.out;
        const Finished ended = run({"restore", "one", path("a")});
        EXPECT_EQ(ended.code, 3) << ended.err;
        expect_named(ended, "a/more/vol/on");
        expect_named(ended, "2 removed");
        EXPECT_EQ(read_file(path("a/more/vol/on/sub/inner")), "in memory");
        EXPECT_EQ(read_file(path("precious/d")), "d");
        EXPECT_FALSE(stdfs::exists(path("a/more/file")));
        EXPECT_FALSE(stdfs::exists(path("a/more/vol/file")));
        const Finished verified = run({"verify", path("a")});
        EXPECT_EQ(verified.code, 3) << verified.out << verified.err;
    });
    expect_precious();
}

TEST_F(MountsCli, AMountWhereTheSnapshotHasSomethingIsRefused) {
    in_own_mounts([&] {
        for (const bool in_memory : {false, true}) {
            write_file(path("a/f"), "changed");
            if (in_memory) {
                ASSERT_EQ(::mount("none", path("a/keep").c_str(), "tmpfs", 0, "size=1m"), 0);
                stdfs::copy(path("precious"), path("a/keep"), stdfs::copy_options::recursive);
            } else {
                bind("precious", "a/keep");
            }
            for (const auto* ways : {&kRemoving, &kOthers})
                for (const auto& options : *ways)
                    for (const bool dry : {true, false}) {
                        std::vector<std::string> args{"restore", "one", path("a")};
                        args.insert(args.end(), options.begin(), options.end());
                        if (dry) args.push_back("--dry-run");
                        const Finished ended = run(args);
                        EXPECT_EQ(ended.code, 12) << ended.err;
                        expect_named(ended, "a/keep");
                        expect_unchanged("a");
                        expect_precious("a/keep");
                    }
            const Finished verified = run({"verify", path("a")});
            EXPECT_EQ(verified.code, 12) << verified.err;
            expect_named(verified, "a/keep");
            unmount("a/keep");
        }
    });
    expect_precious();
}

// A folder with a mount in it that would have to make room for a file.
TEST_F(MountsCli, AMountInWhatStandsInTheWayIsRefused) {
    in_own_mounts([&] {
        stdfs::remove(path("a/f"));
        stdfs::create_directories(path("a/f/vol"));
        bind("precious", "a/f/vol");
        for (const auto& options :
             std::vector<std::vector<std::string>>{{}, {"--force"}, {"--force", "--delete"}}) {
            std::vector<std::string> args{"restore", "one", path("a")};
            args.insert(args.end(), options.begin(), options.end());
            const Finished ended = run(args);
            EXPECT_EQ(ended.code, 12) << ended.err;
            expect_named(ended, "a/f/vol");
            expect_precious("a/f/vol");
            EXPECT_EQ(read_file(path("a/keep/g")), "y");
        }
    });
    expect_precious();
}

TEST_F(MountsCli, ATreeWithMountsIsNotReplacedWhole) {
    in_own_mounts([&] {
        write_file(path("a/f"), "changed");
        stdfs::create_directories(path("a/vol"));
        bind("precious", "a/vol");
        const Finished ended = run({"restore", "one", path("a"), "--atomic"});
        EXPECT_EQ(ended.code, 12) << ended.err;
        expect_named(ended, "a/vol");
        expect_unchanged("a");
        expect_precious("a/vol");
        for (const auto& entry : stdfs::directory_iterator(dir_.path()))
            EXPECT_FALSE(entry.path().filename().string().starts_with(".")) << entry.path();
    });
    expect_precious();
}

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

// With --force alone what the snapshot does not have stays anyway: there is nothing to tell.
TEST_F(MountsCli, ForceOverAFolderLeavesItsMountsAlone) {
    in_own_mounts([&] {
        stdfs::create_directories(path("b/vol"));
        write_file(path("b/f"), "other");
        bind("precious", "b/vol");
        const Finished ended = run({"restore", "one", path("b"), "--force"});
        EXPECT_EQ(ended.code, 0) << ended.err;
        EXPECT_EQ(read_file(path("b/f")), "x");
        expect_precious("b/vol");
    });
    expect_precious();
}

// The destination itself may be one: its content is the user's to give.
TEST_F(MountsCli, ADestinationThatIsAMountIsMendedInPlace) {
    in_own_mounts([&] {
        stdfs::create_directories(path("under"));
        stdfs::create_directories(path("at"));
        bind("under", "at");
        EXPECT_EQ(run({"restore", "one", path("at")}).code, 0);
        write_file(path("at/f"), "changed");
        write_file(path("at/extra"), "too many");
        const Finished ended = run({"restore", "one", path("at")});
        EXPECT_EQ(ended.code, 0) << ended.err;
        EXPECT_EQ(read_file(path("under/f")), "x");
        EXPECT_FALSE(stdfs::exists(path("under/extra")));
    });
}

// What a killed restore left, inside the destination and beside it, is swept; not what somebody
// mounted there meanwhile.
TEST_F(MountsCli, AMountInAStaleStagingFolderIsNotSwept) {
    in_own_mounts([&] {
        for (const std::string stale :
             {"a/.a.holt-partial-0123abcd", ".new.holt-partial-0123abcd"}) {
            stdfs::create_directories(path(stale + "/vol"));
            write_file(path(stale + "/file"), "garbage");
            bind("precious", stale + "/vol");
        }
        const Finished inside = run({"restore", "one", path("a")});
        EXPECT_EQ(inside.code, 3) << inside.err;
        expect_named(inside, "a/.a.holt-partial-0123abcd/vol");
        const Finished beside = run({"restore", "one", path("new")});
        EXPECT_EQ(beside.code, 3) << beside.err;
        expect_named(beside, ".new.holt-partial-0123abcd/vol");
        EXPECT_EQ(read_file(path("new/f")), "x");
        // A staging folder that somebody mounted something over, as a whole.
        stdfs::create_directories(path(".over.holt-partial-0123abcd"));
        bind("precious", ".over.holt-partial-0123abcd");
        EXPECT_EQ(run({"restore", "one", path("over")}).code, 3);
        // And inside a destination that is empty otherwise, which then cannot be replaced.
        stdfs::create_directories(path("empty/.empty.holt-partial-0123abcd/vol"));
        bind("precious", "empty/.empty.holt-partial-0123abcd/vol");
        const Finished empty = run({"restore", "one", path("empty")});
        EXPECT_EQ(empty.code, 12) << empty.err;
        expect_named(empty, "empty/.empty.holt-partial-0123abcd/vol");
        expect_precious();
    });
    expect_precious();
}

// The mount is at another place of the same file system: the kernel lets nobody remove its mount
// point, also not by the path at which nothing is mounted.
// What is not selected is nobody's business: such a mount stands in no way, and is not told.
TEST_F(MountsCli, AMountThatIsNotSelectedIsLeftInPeace) {
    in_own_mounts([&] {
        bind("precious", "a/keep");  // where the snapshot has a folder
        stdfs::create_directories(path("a/more/vol"));
        bind("precious", "a/more/vol");
        for (const std::vector<std::string>& selected : std::vector<std::vector<std::string>>{
                 {"--exclude", "/keep/", "--exclude", "vol"}, {"--include", "f"}}) {
            for (const auto* ways : {&kRemoving, &kOthers})
                for (const auto& options : *ways) {
                    std::vector<std::string> args{"restore", "one", path("a")};
                    args.insert(args.end(), options.begin(), options.end());
                    args.insert(args.end(), selected.begin(), selected.end());
                    write_file(path("a/f"), "changed");
                    write_file(path("a/more/f"), "too many");
                    std::vector<std::string> verify{"verify", path("a")};
                    verify.insert(verify.end(), selected.begin(), selected.end());
                    const Finished told = run(verify);
                    EXPECT_EQ(told.code, 1) << told.err;
                    expect_told(told, {"M f", "+ more/f"});
                    const Finished ended = run(args);
                    if (options == std::vector<std::string>{"--atomic"}) {
                        EXPECT_EQ(ended.code, 2) << ended.err;
                        continue;
                    }
                    EXPECT_EQ(ended.code, 0) << ended.err;
                    EXPECT_EQ(ended.err.find("mount"), std::string::npos) << ended.err;
                    EXPECT_EQ(read_file(path("a/f")), "x");
                    const bool keeps = options == std::vector<std::string>{"--force"};
                    EXPECT_EQ(stdfs::exists(path("a/more/f")), keeps);
                    expect_precious();
                }
        }
        // One that is selected is told as ever.
        const Finished told = run({"restore", "one", path("a"), "--exclude", "/keep/"});
        EXPECT_EQ(told.code, 3) << told.err;
        expect_named(told, "a/more/vol");
        EXPECT_EQ(run({"restore", "one", path("a"), "--include", "keep/"}).code, 12);
    });
    expect_precious();
}

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
