// Proves: of files in a folder exactly those go that are asked for and that nobody has locked.
#include "fs/walk/sweep.h"

#include <signal.h>

#include <atomic>
#include <thread>

#include "fs/fs_test.h"
#include "fs/lock.h"
#include "fs/staging/atomic_file.h"

namespace holt::fs {
namespace {

using test::TempDir;

TEST(Sweep, RemovesWhatNobodyHasLocked) {
    TempDir dir;
    const UniqueFd folder = open_dir(dir.path());
    auto living = AtomicFile::create_locked(folder.get(), "pack", "");
    ASSERT_TRUE(living);
    write_text(dir / "pack.tmp-dead", "x");
    write_text(dir / "other", "x");
    std::filesystem::create_directory(dir / "pack.tmp-folder");
    std::filesystem::create_symlink("other", dir / "pack.tmp-link");
    const auto is_ours = [](std::string_view name) { return name.starts_with("pack"); };
    EXPECT_EQ(remove_unlocked_files(folder.get(), "", is_ours).value(), 1u);
    EXPECT_EQ(names_in(dir.path()).size(), 4u);
    EXPECT_TRUE(std::filesystem::exists(dir / living->temporary_name()));

    // From here on it is nobody's.
    living->discard();
    auto committed = AtomicFile::create_locked(folder.get(), "pack", "");
    ASSERT_TRUE(committed);
    ASSERT_TRUE(committed->commit(folder.get(), "pack.done", "", IfExists::fail, Durability::none));
    EXPECT_EQ(remove_unlocked_files(folder.get(), "", is_ours).value(), 1u);
    EXPECT_FALSE(std::filesystem::exists(dir / "pack.done"));
}

// The locks of a process that is killed go with it.
TEST(Sweep, RemovesTheTemporariesOfTheDead) {
    TempDir dir;
    const UniqueFd folder = open_dir(dir.path());
    const int end = test::in_child([&] {
        auto file = AtomicFile::create_locked(folder.get(), "pack", "");
        ASSERT_TRUE(file);
        ::raise(SIGKILL);
    });
    ASSERT_EQ(end, test::kKilled);
    ASSERT_EQ(names_in(dir.path()).size(), 1u);
    EXPECT_EQ(remove_unlocked_files(folder.get(), "", [](auto) { return true; }).value(), 1u);
}

// Many sweep while many write: no file of a living writer is ever taken.
TEST(Sweep, NeverTakesWhatIsBeingWritten) {
    TempDir dir;
    const UniqueFd folder = open_dir(dir.path());
    std::filesystem::create_directory(dir / "done");
    const UniqueFd done = open_dir(dir / "done");
    std::atomic<bool> stop = false;
    std::thread sweeper([&] {
        while (!stop)
            (void)remove_unlocked_files(folder.get(), "", [](auto name) { return name != "done"; });
    });
    for (int i = 0; i < 2000; ++i) {
        auto file = AtomicFile::create_locked(folder.get(), "pack", "");
        ASSERT_TRUE(file) << file.error().message();
        ASSERT_TRUE(file->write(as_bytes("content")));
        const auto committed =
            file->commit(done.get(), std::to_string(i), "", IfExists::fail, Durability::none);
        ASSERT_TRUE(committed) << committed.error().message();
    }
    stop = true;
    sweeper.join();
    EXPECT_EQ(names_in(dir / "done").size(), 2000u);
}

}  // namespace
}  // namespace holt::fs
