// Proves: the walk gives every folder once, in preorder by name bytes, with any executor, window
// and number of descriptors, at any depth; what cannot be read is told and stops nothing.
#include "fs/walk/walk.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <atomic>

#include "fs/fault.h"
#include "fs/walk/remove_tree.h"
#include "fs_test.h"

namespace holt::fs {
namespace {

namespace stdfs = std::filesystem;

// Preorder by hand, recursive and simple.
void expect_below(const stdfs::path& at, const std::string& relative,
                  std::vector<std::string>& folders) {
    folders.push_back(relative);
    for (const auto& name : names_in(at))
        if (stdfs::symlink_status(at / name).type() == stdfs::file_type::directory)
            expect_below(at / name, join_path(relative, name), folders);
}

std::vector<std::string> walked(TreeWalk& walk) {
    std::vector<std::string> folders;
    while (auto folder = walk.next()) {
        EXPECT_FALSE(folder->error) << folder->error->message().substr(0, 300);
        EXPECT_TRUE(folder->fd);
        folders.push_back(folder->path);
    }
    return folders;
}

// Some 700 folders with files in them, of every width and depth up to 6.
void make_bushy(const stdfs::path& at, int depth, unsigned& seed) {
    for (int i = 0; i < 3; ++i) write_text(at / ("file" + std::to_string(i)), "x");
    if (depth == 0) return;
    seed = seed * 1103515245 + 12345;
    const unsigned width = 1 + (seed >> 16) % 5;
    for (unsigned i = 0; i < width; ++i) {
        seed = seed * 1103515245 + 12345;
        const auto sub = at / ("d" + std::to_string((seed >> 16) % 1000) + "-" + std::to_string(i));
        stdfs::create_directory(sub);
        make_bushy(sub, depth - 1, seed);
    }
}

TEST(TreeWalk, SameOrderWithAnyExecutorAndAnyWindow) {
    const test::TempDir temp(memory_folder());
    unsigned seed = 7;
    make_bushy(temp.path(), 6, seed);
    std::vector<std::string> expected;
    expect_below(temp.path(), "", expected);
    ASSERT_GT(expected.size(), 200u);

    std::vector<std::pair<std::string, Executor>> executors;
    Threads threads(4);
    executors.emplace_back("none", Executor());
    executors.emplace_back("threads", threads.executor());
    executors.emplace_back("at once", [](std::function<void()> task) { task(); });
    executors.emplace_back("never", [](std::function<void()>) {});
    for (const auto& [name, executor] : executors)
        for (const std::size_t window : {1, 3, 64})
            for (const std::size_t open : {4, 128})
                for (const std::size_t entries : {1, 100'000})
                    for (const std::size_t most : {1, 6, 100'000}) {
                        TreeWalk walk(open_dir(temp.path()), "root",
                                      {.folders_ahead = window,
                                       .entries_ahead = entries,
                                       .open_folders = open,
                                       .most_entries = most},
                                      executor);
                        EXPECT_EQ(walked(walk), expected) << name << window << open << entries;
                        EXPECT_FALSE(walk.next()) << "and then no more";
                    }
}

TEST(TreeWalk, GivesEntriesRecordsAndAnOpenDescriptor) {
    const test::TempDir temp(memory_folder());
    stdfs::create_directories(temp / "a" / "b");
    write_text(temp / "a" / "f", "123");
    TreeWalk walk(open_dir(temp.path()), "root", {});
    const auto root = walk.next();
    ASSERT_TRUE(root);
    EXPECT_EQ(root->path, "");
    EXPECT_EQ(root->entries.size(), 1u);
    const auto a = walk.next();
    EXPECT_EQ(a->path, "a");
    EXPECT_EQ(a->depth, 1u);
    EXPECT_EQ(a->stat.ino, lstat_of(temp / "a").st_ino);
    ASSERT_EQ(a->entries.size(), 2u);
    EXPECT_EQ(a->entries[1].stat.size, 3u);
    while (walk.next()) {
    }
    const UniqueFd file(::openat(a->fd->get(), "f", O_RDONLY));
    EXPECT_TRUE(file) << "the descriptor outlives the walk's interest in the folder";
}

// 1,000 levels of 255-byte names, with a sibling on each level, and few descriptors.
TEST(TreeWalk, AThousandLevelsWithFewDescriptors) {
    const test::TempDir temp(memory_folder());
    const std::string deep(255, 'd'), side(255, 'z');
    {
        UniqueFd at = open_dir(temp.path());
        for (int i = 0; i < 1000; ++i) {
            ASSERT_EQ(::mkdirat(at.get(), deep.c_str(), 0700), 0);
            if (i % 10 == 0) {
                ASSERT_EQ(::mkdirat(at.get(), side.c_str(), 0700), 0);
            }
            at = UniqueFd(::openat(at.get(), deep.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
            ASSERT_TRUE(at);
        }
    }
    for (const bool threaded : {false, true}) {
        const int end = in_child([&] {
            const struct rlimit few = {.rlim_cur = 256, .rlim_max = 256};
            ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
            Threads threads(threaded ? 2 : 0);
            TreeWalk walk(open_dir(temp.path()), "root", {},
                          threaded ? threads.executor() : Executor());
            std::size_t count = 0, deepest = 0;
            std::vector<std::shared_ptr<const UniqueFd>> held;  // as a pipeline behind would
            while (auto folder = walk.next()) {
                ASSERT_FALSE(folder->error) << folder->error->message().substr(0, 200);
                if (held.size() == 64) held.erase(held.begin());
                held.push_back(folder->fd);
                ++count;
                if (folder->depth > deepest) {
                    deepest = folder->depth;
                    EXPECT_EQ(folder->path.size(), deepest * 256 - 1);
                }
            }
            EXPECT_EQ(deepest, 1000u);
            EXPECT_EQ(count, 1101u);
        });
        EXPECT_EQ(end, 0);
    }
    EXPECT_TRUE(remove_contents(open_dir(temp.path()).get(), "root"));
    EXPECT_TRUE(names_in(temp.path()).empty());
}

TEST(TreeWalk, DescriptorsThatRunOutAreNoError) {
    const test::TempDir temp(memory_folder());
    unsigned seed = 3;
    make_bushy(temp.path(), 4, seed);
    std::vector<std::string> expected;
    expect_below(temp.path(), "", expected);
    for (std::uint64_t nth = 1; nth < 40; ++nth) {
        const ScopedFaultPlan plan({{.call = Call::open, .nth = nth, .err = EMFILE}});
        TreeWalk walk(open_dir(temp.path()), "root", {});
        EXPECT_EQ(walked(walk), expected) << nth;
    }
}

TEST(TreeWalk, AFolderThatCannotBeReadIsToldAndTheRestGoesOn) {
    const test::TempDir temp(memory_folder());
    ASSERT_EQ(::chmod(temp.path().c_str(), 0755), 0);
    for (const char* name : {"a", "b", "c"}) stdfs::create_directories(temp / name / "sub");
    ASSERT_EQ(::chmod((temp / "b").c_str(), 0), 0);
    const int end = as_user([&] {
        TreeWalk walk(open_dir(temp.path()), "root", {});
        std::vector<std::string> good, bad;
        while (auto folder = walk.next()) {
            (folder->error ? bad : good).push_back(folder->path);
            if (folder->error) {
                EXPECT_EQ(folder->error->sys_errno, EACCES);
                EXPECT_NE(folder->error->message().find("'root/b'"), std::string::npos);
                EXPECT_TRUE(folder->entries.empty());
            }
        }
        EXPECT_EQ(good, (std::vector<std::string>{"", "a", "a/sub", "c", "c/sub"}));
        EXPECT_EQ(bad, (std::vector<std::string>{"b"}));
    });
    EXPECT_EQ(end, 0);
    ::chmod((temp / "b").c_str(), 0700);
}

TEST(TreeWalk, EveryErrorOfEveryCallEndsTheWalkInOrder) {
    const test::TempDir temp(memory_folder());
    unsigned seed = 11;
    make_bushy(temp.path(), 3, seed);
    std::vector<std::string> expected;
    expect_below(temp.path(), "", expected);
    std::uint64_t calls = 0;
    {
        const ScopedFaultPlan plan;
        TreeWalk walk(open_dir(temp.path()), "root", {});
        walked(walk);
        calls = plan.calls();
    }
    for (std::uint64_t k = 1; k <= calls; ++k) {
        const ScopedFaultPlan plan({{.nth = k, .err = EIO}});
        TreeWalk walk(open_dir(temp.path()), "root", {});
        std::size_t troubles = 0;
        std::vector<std::string> seen;
        while (auto folder = walk.next()) {
            troubles += folder->errors.size() + (folder->error ? 1 : 0);
            seen.push_back(folder->path);
        }
        EXPECT_LE(troubles, 1u);
        EXPECT_TRUE(std::ranges::includes(expected, seen, [&](const auto& a, const auto& b) {
            return std::ranges::find(expected, a) < std::ranges::find(expected, b);
        })) << "a part of the walk, in its order";
        if (troubles == 0) {
            EXPECT_EQ(seen, expected) << k;
        }
    }
}

TEST(TreeWalk, WhatIsNotKeptIsNotEntered) {
    const test::TempDir temp(memory_folder());
    stdfs::create_directories(temp / "a" / "cache" / "deep");
    stdfs::create_directories(temp / "cache");
    write_text(temp / "a" / "x.o", "");
    WalkOptions options;
    options.keep = [](const std::string& path, const DirEntry& entry) {
        return path != "a/cache" && !entry.name.ends_with(".o");
    };
    const ScopedFaultPlan plan;
    TreeWalk walk(open_dir(temp.path()), "root", options);
    EXPECT_EQ(walked(walk), (std::vector<std::string>{"", "a", "cache"}));
    EXPECT_EQ(plan.calls(Call::open), 2u) << "excluded folders are not even opened";
}

TEST(TreeWalk, TooDeepIsToldNotEntered) {
    const test::TempDir temp(memory_folder());
    stdfs::create_directories(temp / "1" / "2" / "3" / "4");
    TreeWalk walk(open_dir(temp.path()), "root", {.max_depth = 2});
    std::vector<bool> errors;
    while (auto folder = walk.next()) errors.push_back(folder->error.has_value());
    EXPECT_EQ(errors, (std::vector<bool>{false, false, false, true}));
}

TEST(TreeWalk, CanBeAbandonedAnyTime) {
    const test::TempDir temp(memory_folder());
    unsigned seed = 5;
    make_bushy(temp.path(), 4, seed);
    Threads threads(3);
    for (int stop = 0; stop < 30; ++stop) {
        std::atomic<int> callers{0};
        WalkOptions options;
        options.keep = [&](const std::string&, const DirEntry&) {
            ++callers;  // refers to this round's variable: must not run once the walk is gone
            return true;
        };
        TreeWalk walk(open_dir(temp.path()), "root", options, threads.executor());
        for (int i = 0; i < stop; ++i) walk.next();
    }
}

TEST(TreeWalk, StaysOnOneFileSystem) {
    if (!root()) GTEST_SKIP() << "mounting needs root";
    const test::TempDir temp(memory_folder());
    stdfs::create_directories(temp / "mnt" / "hidden");
    const int end = in_child([&] {
        if (::unshare(CLONE_NEWNS) != 0 ||
            ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
            ::mount("none", (temp / "mnt").c_str(), "tmpfs", 0, "size=1m") != 0)
            ::_exit(77);
        stdfs::create_directory(temp / "mnt" / "inside");
        TreeWalk stay(open_dir(temp.path()), "root", {.one_file_system = true});
        stay.next();
        const auto mount = stay.next();
        EXPECT_TRUE(mount->other_file_system);
        EXPECT_TRUE(mount->entries.empty());
        EXPECT_FALSE(stay.next());
        TreeWalk cross(open_dir(temp.path()), "root", {});
        EXPECT_EQ(walked(cross), (std::vector<std::string>{"", "mnt", "mnt/inside"}));
    });
    if (end == 77) GTEST_SKIP() << "mounting is not allowed here";
    EXPECT_EQ(end, 0);
}

TEST(TreeWalk, AFolderSwappedForASymlinkIsNotFollowed) {
    const test::TempDir temp, outside;
    write_text(outside / "secret", "");
    stdfs::create_directories(temp / "a" / "x");
    stdfs::create_directories(temp / "b");
    TreeWalk walk(open_dir(temp.path()), "root", {});
    EXPECT_EQ(walk.next()->entries.size(), 2u);
    stdfs::remove_all(temp / "b");
    stdfs::create_directory_symlink(outside.path(), temp / "b");
    walk.next();
    walk.next();
    const auto b = walk.next();
    EXPECT_EQ(b->path, "b");
    ASSERT_TRUE(b->error);
    EXPECT_TRUE(b->entries.empty());
}

}  // namespace
}  // namespace holt::fs
