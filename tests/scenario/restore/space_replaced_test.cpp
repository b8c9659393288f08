// Proves: a restored folder is replaced whole, or left as it was, whatever stands in the way; what
// others swap in is not followed; of two at once each is done by itself.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <thread>

#include "fs/fault.h"
#include "scenario/restore/space_world.h"
#include "support/child.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

TEST_F(Space, IsReplacedWhole) {
    const ino_t before = inode(space());
    Vandal(space(), 3).edit();
    const RestoreReport report = repair("one", {.atomic = true});
    EXPECT_FALSE(report.in_place);
    EXPECT_NE(inode(space()), before);
    expect_is(source_);
    EXPECT_TRUE(repair().in_place) << "it is a space again";
    EXPECT_EQ(std::distance(stdfs::directory_iterator(dir_.path()), {}), 3) << "nothing is left";
    // Another folder needs to be told that all of it goes.
    write_file(dir_ / "mine" / "precious", "mine");
    EXPECT_FALSE(store_.restore("one", (dir_ / "mine").string(), {.atomic = true}, notes_));
    EXPECT_FALSE(
        store_.restore("one", (dir_ / "mine").string(), {.force = true, .atomic = true}, notes_));
    EXPECT_EQ(read_file(dir_ / "mine" / "precious"), "mine");
    restore("one", "mine", {.force = true, .remove_extra = true, .atomic = true});
    expect_same_tree(source_, dir_ / "mine");
}

// A file system that cannot exchange names, and a kill between the two renames that do instead.
TEST_F(Space, IsReplacedByTwoRenamesWhereNamesCannotBeExchanged) {
    using Fault = fs::Fault;
    const Fault no_exchange{.call = fs::Call::rename, .at = "rename_exchange", .err = EINVAL};
    {
        const fs::ScopedFaultPlan plan({no_exchange});
        write_file(space() / "extra", "x");
        repair("one", {.atomic = true});
        EXPECT_EQ(plan.struck(), 1u);
    }
    expect_is(source_);
    EXPECT_EQ(std::distance(stdfs::directory_iterator(dir_.path()), {}), 3);
    // As the kill would leave it: the old tree aside, the new one ready.
    stdfs::copy(source_ / "sub0", dir_ / ".space.holt-ready-0123abcd");
    stdfs::rename(space(), dir_ / ".space.holt-partial-0123abcd");
    const auto report = store_.restore("one", space().string(), {}, notes_);
    EXPECT_TRUE(stdfs::exists(space() / "f0")) << "what was ready is in place";
    EXPECT_FALSE(report) << "and was not restored by this store";
}

// New content is complete before anything is changed.
TEST_F(Space, ADamagedPackChangesNothing) {
    stdfs::remove(space() / "sub1" / "f5");
    write_file(space() / "extra", "x");
    stdfs::remove(space() / "big");
    const auto before = tree_differences(source_, space());
    for (const auto& pack : stdfs::recursive_directory_iterator(dir_ / "store" / "packs")) {
        if (!pack.is_regular_file()) continue;
        std::string bytes = read_file(pack);
        for (std::size_t at = 40; at < 5000 && at < bytes.size(); at += 7) bytes[at] ^= 1;
        stdfs::remove(pack);
        write_file(pack, bytes);
    }
    Store damaged = *Store::open((dir_ / "store").string());
    const auto report = damaged.restore("one", space().string(), {}, notes_);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, ErrorKind::corrupt);
    std::vector<std::string> after = tree_differences(source_, space());
    const auto is_time_of_root = [](const std::string& line) {
        return line.starts_with(".: mtime");
    };
    std::erase_if(after, is_time_of_root);
    auto expected = before;
    std::erase_if(expected, is_time_of_root);
    EXPECT_EQ(after, expected);
}

// I7: while a repair is at work, somebody swaps folders for symlinks that lead out.
TEST_F(Space, ASymlinkSwappedInIsNeverFollowed) {
    const stdfs::path outside = dir_ / "outside";
    make_space_tree(outside, 9);
    const stdfs::path kept = dir_ / "kept outside";
    ASSERT_EQ(std::system(("cp -a '" + outside.string() + "' '" + kept.string() + "'").c_str()), 0);
    for (unsigned round = 0; round < 25; ++round) {
        for (const char* folder : {"sub0", "sub1", "sub2", "sub3"}) {
            write_file(space() / folder / "extra", "x");
            stdfs::remove_all(space() / folder / "deep");
        }
        std::atomic<bool> stop{false};
        std::jthread swapper([&] {
            for (unsigned i = round; !stop; ++i) {
                const std::string name = "sub" + std::to_string(i % 4);
                std::error_code failed;
                stdfs::rename(space() / name, dir_ / "aside", failed);
                if (failed) continue;
                stdfs::create_directory_symlink(outside, space() / name, failed);
                std::this_thread::yield();
                stdfs::remove(space() / name, failed);
                stdfs::rename(dir_ / "aside", space() / name, failed);
                stdfs::remove_all(dir_ / "aside", failed);
            }
        });
        (void)store_.restore("one", space().string(), {}, notes_);  // may fail, and say why
        stop = true;
        swapper.join();
        EXPECT_EQ(tree_differences(kept, outside), std::vector<std::string>{});
        for (const char* folder : {"sub0", "sub1", "sub2", "sub3"})
            if (stdfs::is_symlink(space() / folder)) stdfs::remove(space() / folder);
        if (HasFailure()) return;
        stdfs::remove_all(dir_ / "aside");
        repair();
        expect_is(source_);
    }
}

// Two at once: each is done, or is told that the other is at work; never a mix.
TEST_F(Space, TwoProcessesRepairOneAfterTheOther) {
    restore("one", "one");
    take_two();
    const auto repair_in_child = [&](const std::string& snap, unsigned seed) {
        return start_child([&, snap, seed] {
            const std::string program = HOLT_PROGRAM;
            const std::string store = (dir_ / "store").string();
            ::usleep(seed * 300);
            ::execl(program.c_str(), "holt", "-q", "--store", store.c_str(), "restore",
                    snap.c_str(), space().c_str(), static_cast<char*>(nullptr));
            ::_exit(127);
        });
    };
    for (unsigned round = 0; round < 8; ++round) {
        const pid_t a = repair_in_child("one", 0), b = repair_in_child("two", round);
        EXPECT_EQ(end_of(a), 0);
        EXPECT_EQ(end_of(b), 0);
        const auto from_one = tree_differences(dir_ / "one", space());
        const auto from_two = tree_differences(source_, space());
        EXPECT_TRUE(from_one.empty() || from_two.empty())
            << ::testing::PrintToString(from_one) << ::testing::PrintToString(from_two);
    }
    // One that does not wait is told who it is.
    const int fd = ::open(space().c_str(), O_RDONLY | O_DIRECTORY);
    ASSERT_EQ(::flock(fd, LOCK_EX), 0);
    Store hasty = *Store::open((dir_ / "store").string(), {.lock_timeout = {}});
    const auto report = hasty.restore("one", space().string(), {}, notes_);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, ErrorKind::busy);
    ::close(fd);
}

}  // namespace
}  // namespace holt::test
