// Proves: a folder of many names is listed by several threads as it is by one, whenever, wherever
// and whether the executor runs its tasks.
#include "fs/walk/list_parallel.h"

#include "fs/fault.h"
#include "fs_test.h"

namespace holt::fs {
namespace {

namespace stdfs = std::filesystem;

constexpr int kFiles = 10'000;

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

    void expect_same(const Result<Listing>& listing) {
        ASSERT_TRUE(listing);
        const auto alone = list_folder(dir_.get(), "x");
        ASSERT_EQ(listing->entries.size(), alone->entries.size());
        for (std::size_t i = 0; i < alone->entries.size(); ++i) {
            ASSERT_EQ(listing->entries[i].name, alone->entries[i].name);
            ASSERT_EQ(listing->entries[i].stat.ino, alone->entries[i].stat.ino);
            ASSERT_EQ(listing->entries[i].symlink_target, alone->entries[i].symlink_target);
        }
        EXPECT_TRUE(listing->errors.empty());
    }

    test::TempDir temp_{memory_folder()};
    UniqueFd dir_;
};

TEST_F(ListParallelTest, IsTheSameWithAnyExecutor) {
    expect_same(list_folder_parallel(dir_.get(), "x", {}));
    expect_same(list_folder_parallel(dir_.get(), "x", [](const auto& task) { task(); }));
    int given = 0;
    expect_same(list_folder_parallel(dir_.get(), "x", [&](const auto&) { ++given; }));
    EXPECT_GT(given, 1) << "so many names are worth several threads";
    Threads threads(3);
    for (int round = 0; round < 20; ++round)
        expect_same(list_folder_parallel(dir_.get(), "x", threads.executor()));
}

TEST_F(ListParallelTest, AHelperThatComesLateTouchesNothing) {
    std::vector<std::function<void()>> late;
    expect_same(
        list_folder_parallel(dir_.get(), "x", [&](auto task) { late.push_back(std::move(task)); }));
    dir_.reset();
    const ScopedFaultPlan plan;
    for (const auto& task : late) task();
    EXPECT_EQ(plan.calls(), 0u);
}

TEST_F(ListParallelTest, OneBadNameIsToldAndTheOthersAreListed) {
    const ScopedFaultPlan plan({{.call = Call::stat, .nth = 5000, .err = EIO}});
    Threads threads(3);
    const auto listing = list_folder_parallel(dir_.get(), "x", threads.executor());
    ASSERT_TRUE(listing);
    EXPECT_EQ(listing->entries.size(), kFiles + 1u);
    EXPECT_EQ(listing->errors.size(), 1u);
    EXPECT_TRUE(std::ranges::is_sorted(listing->entries, {}, &DirEntry::name));
}

TEST_F(ListParallelTest, AFewNamesNeedNoHelp) {
    int given = 0;
    const UniqueFd few = open_dir(temp_ / "a");
    ASSERT_TRUE(list_folder_parallel(few.get(), "a", [&](const auto&) { ++given; }));
    EXPECT_EQ(given, 0);
}

}  // namespace
}  // namespace holt::fs
