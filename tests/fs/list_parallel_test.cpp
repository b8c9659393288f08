// Proves: a folder of many names is listed by several threads as it is by one, whenever, wherever
// and whether the executor runs its tasks.
#include "fs/walk/list_parallel.h"

#include <limits>

#include "fs/fault.h"
#include "fs_test.h"

namespace holt::fs {
namespace {

namespace stdfs = std::filesystem;

constexpr int kFiles = 10'000;

Listing list_parallel(int fd, const Executor& executor) {
    return look_at_names_parallel(fd, *list_names(fd, "x"), "x", executor);
}

class ListParallelTest : public ::testing::Test {
  protected:
    ListParallelTest() : dir_(open_dir(temp_.path())) {
        for (int i = 0; i < kFiles; ++i) {
            const int fd =
                ::openat(dir_.get(), std::to_string(i * 7919).c_str(), O_CREAT | O_WRONLY, 0600);
            EXPECT_GE(fd, 0);
            ::close(fd);
        }
        stdfs::create_symlink("no/where", temp_ / "5-link");
        stdfs::create_directory(temp_ / "a");
    }

    void expect_same(const Listing& listing) {
        const auto alone = list_folder(dir_.get(), "x");
        ASSERT_EQ(listing.entries.size(), alone->entries.size());
        for (std::size_t i = 0; i < alone->entries.size(); ++i) {
            ASSERT_EQ(listing.entries[i].name, alone->entries[i].name);
            ASSERT_EQ(listing.entries[i].stat.ino, alone->entries[i].stat.ino);
            ASSERT_EQ(listing.entries[i].symlink_target, alone->entries[i].symlink_target);
        }
        EXPECT_TRUE(listing.errors.empty());
    }

    test::TempDir temp_{memory_folder()};
    UniqueFd dir_;
};

TEST_F(ListParallelTest, IsTheSameWithAnyExecutor) {
    expect_same(list_parallel(dir_.get(), {}));
    expect_same(list_parallel(dir_.get(), [](const auto& task) { task(); }));
    int given = 0;
    expect_same(list_parallel(dir_.get(), [&](const auto&) { ++given; }));
    EXPECT_GT(given, 1) << "so many names are worth several threads";
    Threads threads(3);
    for (int round = 0; round < 20; ++round)
        expect_same(list_parallel(dir_.get(), threads.executor()));
}

TEST_F(ListParallelTest, AHelperThatComesLateTouchesNothing) {
    std::vector<std::function<void()>> late;
    expect_same(list_parallel(dir_.get(), [&](auto task) { late.push_back(std::move(task)); }));
    dir_.reset();
    const ScopedFaultPlan plan;
    for (const auto& task : late) task();
    EXPECT_EQ(plan.calls(), 0u);
}

TEST_F(ListParallelTest, OneBadNameIsToldAndTheOthersAreListed) {
    const ScopedFaultPlan plan({{.call = Call::stat, .nth = 5000, .err = EIO}});
    Threads threads(3);
    const auto listing = list_parallel(dir_.get(), threads.executor());
    EXPECT_EQ(listing.entries.size(), kFiles + 1u);
    EXPECT_EQ(listing.errors.size(), 1u);
    EXPECT_TRUE(std::ranges::is_sorted(listing.entries, {}, &DirEntry::name));
}

TEST_F(ListParallelTest, AFewNamesNeedNoHelp) {
    int given = 0;
    const UniqueFd few = open_dir(temp_ / "a");
    (void)list_parallel(few.get(), [&](const auto&) { ++given; });
    EXPECT_EQ(given, 0);
}

TEST_F(ListParallelTest, PackedItIsTheSameToo) {
    Threads threads(3);
    const LongListing many =
        look_at_names_packed(dir_.get(), *list_names(dir_.get(), "x"), "x", threads.executor(), {});
    EXPECT_EQ(many.count(Kind::file), static_cast<std::size_t>(kFiles));
    EXPECT_EQ(many.count(Kind::symlink), 1u);
    EXPECT_EQ(many.count(Kind::folder), 1u);
    Listing listing;
    LongListingReader reader(std::make_shared<const LongListing>(many));
    for (DirEntry entry; reader.next(entry);) listing.entries.push_back(entry);
    expect_same(listing);
    const auto one_by_one = list_folder(dir_.get(), "x");
    ASSERT_TRUE(one_by_one);
    for (std::size_t i = 0; const DirEntry& alone : one_by_one->entries) {
        const FileStat& stat = listing.entries[i++].stat;
        EXPECT_EQ(stat.mtime, alone.stat.mtime);
        EXPECT_EQ(stat.ctime, alone.stat.ctime);
        EXPECT_EQ(stat.size, alone.stat.size);
        EXPECT_EQ(stat.mode, alone.stat.mode);
        EXPECT_EQ(stat.dev, alone.stat.dev);
    }
}

TEST_F(ListParallelTest, WhatIsNotKeptIsNotInAPackedListing) {
    const LongListing many =
        look_at_names_packed(dir_.get(), *list_names(dir_.get(), "x"), "x", {},
                             [](const DirEntry& entry) { return entry.stat.kind != Kind::file; });
    EXPECT_EQ(many.size(), 2u);
}

TEST(PackedListing, ExtremeNumbersComeBack) {
    constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
    const FileStat stat{.kind = Kind::symlink,
                        .mode = 07777,
                        .uid = ~0u,
                        .gid = 0,
                        .size = kMost,
                        .blocks = kMost,
                        .mtime = {std::numeric_limits<std::int64_t>::min(), 999'999'999},
                        .ctime = {std::numeric_limits<std::int64_t>::max(), 1},
                        .dev = kMost,
                        .ino = 1,
                        .nlink = ~0u};
    PackedListing listing;
    listing.add({.name = "a", .stat = stat, .symlink_target = std::string(4095, 't')});
    listing.add({.name = std::string(255, 'b'), .stat = {}});
    PackedListing::Reader reader(listing);
    DirEntry entry;
    ASSERT_TRUE(reader.next(entry));
    EXPECT_EQ(entry.symlink_target, std::string(4095, 't'));
    EXPECT_EQ(entry.stat.size, kMost);
    EXPECT_EQ(entry.stat.mtime, stat.mtime);
    EXPECT_EQ(entry.stat.ctime, stat.ctime);
    EXPECT_EQ(entry.stat.uid, ~0u);
    ASSERT_TRUE(reader.next(entry));
    EXPECT_EQ(entry.name, std::string(255, 'b'));
    EXPECT_EQ(entry.stat.nlink, 1u);
    EXPECT_EQ(entry.symlink_target, "");
    EXPECT_FALSE(reader.next(entry));
}

}  // namespace
}  // namespace holt::fs
