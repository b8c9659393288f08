// Proves I10: what is mounted below a destination is never emptied, changed or replaced, whatever
// is mounted (a bind mount of the same file system, of another one, of a single file, memory, a
// btrfs subvolume) and however the restore goes about it. Where the snapshot has something there
// the restore is refused with 12 before the first change; where it has nothing the mount stays, is
// named, and the exit code is 3. verify and --dry-run tell the same and change nothing.
#include <filesystem>
#include <string>
#include <vector>

#include "cli/mounts_world.h"

namespace holt::test {
namespace {

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

}  // namespace
}  // namespace holt::test
