// Proves: a second snapshot reads nothing that did not change, stores nothing twice, and sees what
// did.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <thread>

#include "base/unique_fd.h"
#include "fs/fault.h"
#include "support/store_fixture.h"

namespace holt::test {
namespace {

using Incremental = StoreTest;
using namespace std::chrono_literals;

// Beyond the window in which a file's record could not prove anything
// (store/source/file_reading.h).
void let_times_settle() {
    std::this_thread::sleep_for(50ms);
}

TEST_F(Incremental, UnchangedFilesAreNotRead) {
    for (unsigned i = 0; i < 200; ++i) {
        write_file(source_ / std::to_string(i % 5) / std::to_string(i), code_like(3000, i));
    }
    write_file(source_ / "large", random_bytes(2u << 20, 1));
    let_times_settle();
    const SnapshotReport first = snapshot();
    EXPECT_EQ(first.files_read, 201u);
    const SnapshotReport second = snapshot();
    EXPECT_EQ(second.files_read, 0u);
    EXPECT_EQ(second.files_unchanged, 201u);
    EXPECT_EQ(second.bytes_read, 0u);
    EXPECT_EQ(second.new_chunks, 0u);
    EXPECT_EQ(second.snapshot.root, first.snapshot.root);
    EXPECT_LT(second.stored_bytes, 2000u);
    EXPECT_EQ(second.snapshot.files, 201u);
    EXPECT_EQ(second.snapshot.bytes, first.snapshot.bytes);
}

TEST_F(Incremental, AChangeOfTheSameSizeAndMtimeIsSeen) {
    write_file(source_ / "file", "before");
    write_file(source_ / "other", "other");
    let_times_settle();
    snapshot({.name = "one"});
    struct stat st {};
    ASSERT_EQ(::stat((source_ / "file").c_str(), &st), 0);
    write_file(source_ / "file", "after!");
    const timespec times[2] = {st.st_atim, st.st_mtim};
    ASSERT_EQ(::utimensat(AT_FDCWD, (source_ / "file").c_str(), times, 0), 0);
    const SnapshotReport report = snapshot({.name = "two"});
    EXPECT_EQ(report.files_read, 1u);
    restore("two", "out");
    EXPECT_EQ(read_file(dir_ / "out" / "file"), "after!");
    restore("one", "old");
    EXPECT_EQ(read_file(dir_ / "old" / "file"), "before");
}

TEST_F(Incremental, AFileWrittenJustNowIsReadAgain) {
    write_file(source_ / "file", "x");
    snapshot();  // perhaps within the same tick of the file system's clock
    write_file(source_ / "file", "y");
    snapshot({.name = "two"});
    restore("two", "out");
    EXPECT_EQ(read_file(dir_ / "out" / "file"), "y");
}

// After a power cut the same inode may have lost what was written to it: a record holds for the
// life of a mount, unless its file was synced.
TEST_F(Incremental, WhatWasNotSyncedIsReadAgainAfterARestartOfTheMachine) {
    const fs::Fault no_sync{
        .call = fs::Call::syncfs, .repeat = fs::Fault::Repeat::for_ever, .err = EOPNOTSUPP};
    const fs::Fault other_life{.call = fs::Call::stat,
                               .at = "mount_life",
                               .repeat = fs::Fault::Repeat::for_ever,
                               .err = ENOSYS};
    for (unsigned i = 0; i < 1200; ++i)
        write_file(source_ / std::to_string(i % 7) / std::to_string(i), code_like(30, i));
    const fs::ScopedFaultPlan plan({no_sync});
    EXPECT_EQ(snapshot().files_read, 1200u);
    EXPECT_EQ(snapshot().files_read, 0u) << "in the same life it holds";
    {
        const fs::ScopedFaultPlan restarted({no_sync, other_life});
        EXPECT_EQ(snapshot().files_read, 1200u);
        EXPECT_EQ(snapshot().files_read, 1200u) << "of an unknown life nothing is remembered";
    }
    EXPECT_EQ(snapshot().files_read, 1200u);
    EXPECT_EQ(snapshot().files_read, 0u);
    // What a file alone adds is read again together with its folder, not the others.
    write_file(source_ / "0" / "new", "x");
    EXPECT_EQ(snapshot().files_read, 1u);
}

TEST_F(Incremental, WhatWasSyncedIsNotReadAgainAfterARestartOfTheMachine) {
    for (unsigned i = 0; i < 1200; ++i)
        write_file(source_ / std::to_string(i % 7) / std::to_string(i), code_like(30, i));
    bool synced = false;
    for (int i = 0; i < 50 && !synced; ++i) {
        const fs::ScopedFaultPlan plan;
        ::sync();
        snapshot();  // with 1,000 files and nearly nothing to write back it syncs
        synced = plan.calls(fs::Call::syncfs) > 0;
    }
    if (!synced) GTEST_SKIP() << "others write so much that no sync is cheap";
    const fs::ScopedFaultPlan restarted({{.call = fs::Call::stat,
                                          .at = "mount_life",
                                          .repeat = fs::Fault::Repeat::for_ever,
                                          .err = ENOSYS}});
    EXPECT_EQ(snapshot().files_read, 0u);
    EXPECT_EQ(restarted.calls(fs::Call::syncfs), 0u) << "there is nothing left to sync";
}

// A program writes a file's first half, then its second, while snapshots are taken.
TEST_F(Incremental, AFileThatChangesWhileItIsReadIsNeverAMixture) {
    constexpr std::size_t kHalf = 32 << 10;
    std::atomic<bool> stop{false};
    write_file(source_ / "f", std::string(2 * kHalf, 'a'));
    std::thread writer([&] {
        const UniqueFd fd(::open((source_ / "f").c_str(), O_WRONLY | O_CLOEXEC));
        for (unsigned round = 1; !stop; ++round) {
            const std::string half(kHalf, static_cast<char>('a' + round % 26));
            for (const off_t at : {off_t{0}, off_t{kHalf}})
                EXPECT_EQ(::pwrite(fd.get(), half.data(), kHalf, at), ssize_t{kHalf});
            std::this_thread::sleep_for(std::chrono::microseconds(500 * (round % 40)));
        }
    });
    for (int i = 0; i < 40; ++i) {
        const std::string name = std::to_string(i);
        snapshot({.name = name});
        restore(name, name);
        if (!std::filesystem::exists(dir_ / name / "f")) continue;  // left out, and told
        const std::string content = read_file(dir_ / name / "f");
        ASSERT_EQ(content.size(), 2 * kHalf);
        const char first = content[0], second = content[kHalf];
        EXPECT_EQ(content, std::string(kHalf, first) + std::string(kHalf, second));
        EXPECT_TRUE(first == second || first == 'a' + (second - 'a' + 1) % 26) << first << second;
    }
    stop = true;
    writer.join();
}

TEST_F(Incremental, MovedFilesAreStoredOnce) {
    for (unsigned i = 0; i < 20; ++i)
        write_file(source_ / "d" / std::to_string(i), code_like(5000, i));
    let_times_settle();
    snapshot();
    std::filesystem::remove(source_ / "d" / "3");
    std::filesystem::rename(source_ / "d", source_ / "e");
    write_file(source_ / "new", "new");
    const SnapshotReport report = snapshot({.name = "two"});
    EXPECT_LE(report.new_chunks, 3u);  // the new file, the root's tree, e's tree
    restore("two", "out");
    expect_same_tree(source_, dir_ / "out");
}

TEST_F(Incremental, HardLinksSurviveASecondSnapshot) {
    write_file(source_ / "a", "shared");
    std::filesystem::create_hard_link(source_ / "a", source_ / "b");
    let_times_settle();
    snapshot();
    const SnapshotReport report = snapshot({.name = "two"});
    EXPECT_EQ(report.files_read, 0u);
    restore("two", "out");
    expect_same_tree(source_, dir_ / "out");
}

TEST_F(Incremental, ManySnapshotsOfAChangingTree) {
    for (unsigned round = 0; round < 12; ++round) {
        for (unsigned i = 0; i < 15; ++i) {
            const unsigned n = (round * 7 + i * 3) % 40;
            write_file(source_ / std::to_string(n % 4) / std::to_string(n),
                       code_like(1000 + n * 997, round * 100 + i));
        }
        if (round % 3 == 2) std::filesystem::remove_all(source_ / std::to_string(round % 4));
        const std::string name = "round-" + std::to_string(round);
        snapshot({.name = name});
        restore(name, name);
        expect_same_tree(source_, dir_ / name);
    }
    const auto verified = store_.verify({}, {}, notes_);
    ASSERT_TRUE(verified);
    EXPECT_TRUE(verified->damage.empty());
    EXPECT_EQ(verified->snapshots, 12u);
}

}  // namespace
}  // namespace holt::test
