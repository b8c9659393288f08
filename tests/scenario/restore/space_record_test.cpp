// Proves: what is remembered of a restored folder's files holds as long as their content does, and
// spares all reading.
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <set>

#include "fs/fault.h"
#include "scenario/restore/space_world.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

// After a power cut files that nobody synced may be empty or full of zeros, with the same inode and
// the same times.
TEST_F(Space, WhatWasNotSyncedIsReadAgainAfterARestartOfTheMachine) {
    const fs::Fault other_life{.call = fs::Call::stat,
                               .at = "mount_life",
                               .repeat = fs::Fault::Repeat::for_ever,
                               .err = ENOSYS};
    repair();
    let_the_clock_tick();
    EXPECT_EQ(repair().hashed, 0u);
    std::uint64_t files = 0;
    {
        const fs::ScopedFaultPlan restarted({other_life});
        const RestoreReport report = repair();
        files = report.kept;
        std::set<ino_t> inodes;
        for (const auto& entry : stdfs::recursive_directory_iterator(space()))
            if (stdfs::is_regular_file(entry.symlink_status())) inodes.insert(inode(entry.path()));
        EXPECT_EQ(report.hashed, inodes.size());
        EXPECT_EQ(report.files, 0u);
    }
    // Put in place durably, it is believed after any restart.
    restore("one", "durable", {.durable = true});
    repair("one", {.atomic = true});
    const fs::ScopedFaultPlan restarted({other_life});
    EXPECT_LT(restore("one", "durable").hashed, files / 2);
    EXPECT_LT(repair().hashed, files / 2);
}

// The second restore finds nothing to do, and must sync what the first left in memory all the same.
TEST_F(Space, ADurableRestoreSyncsWhatAnEarlierOneWrote) {
    const fs::ScopedFaultPlan plan;
    EXPECT_EQ(repair("one", {.durable = true}).files, 0u);
    EXPECT_GE(plan.calls(fs::Call::syncfs), 1u);
    const fs::ScopedFaultPlan restarted({{.call = fs::Call::stat,
                                          .at = "mount_life",
                                          .repeat = fs::Fault::Repeat::for_ever,
                                          .err = ENOSYS}});
    EXPECT_EQ(repair().hashed, 0u);
}

// A record that holds always must not be on disk before its file is.
TEST_F(Space, ADurableRestoreSyncsBeforeItRemembers) {
    const fs::ScopedFaultPlan plan;
    restore("one", "durable", {.durable = true});
    std::size_t synced = 0, remembered = 0, at = 0;
    for (const fs::SeenCall& call : plan.sequence()) {
        ++at;
        if (call.call == fs::Call::syncfs && synced == 0) synced = at;
        if (call.file == "sqlite_vfs.cpp" && call.call != fs::Call::pread) remembered = at;
    }
    ASSERT_GT(synced, 0u);
    if (remembered > 0) {
        EXPECT_LT(synced, remembered);
    }
    const fs::ScopedFaultPlan failing({{.call = fs::Call::syncfs, .err = EIO}});
    EXPECT_FALSE(store_.restore("one", (dir_ / "failed").string(), {.durable = true}, notes_));
    EXPECT_FALSE(stdfs::exists(dir_ / "failed"));
}

// The calls of a repair that finds nothing to do: a stat for each entry, an open for each folder.
TEST_F(Space, AnUntouchedOneCostsOneStatAnEntry) {
    repair();
    let_the_clock_tick();
    repair();
    std::uint64_t entries = 1, folders = 1;
    for (const auto& entry : stdfs::recursive_directory_iterator(space())) {
        ++entries;
        folders += stdfs::is_directory(entry.symlink_status());
    }
    const fs::ScopedFaultPlan plan;
    repair();
    std::uint64_t stats = 0, opens = 0, lists = 0;
    for (const fs::SeenSite& site : plan.sites()) {
        const bool in_walk =
            site.site.starts_with("file.cpp") || site.site.starts_with("folder.cpp");
        if (!in_walk) continue;
        stats += site.call == fs::Call::stat ? site.calls : 0;
        opens += site.call == fs::Call::open ? site.calls : 0;
        lists += site.call == fs::Call::getdents ? site.calls : 0;
    }
    EXPECT_LE(stats, entries + 48);
    EXPECT_LE(opens, folders + 40);
    EXPECT_LE(lists, 12u) << "only the destination is listed, and the store's folders";
    EXPECT_EQ(plan.calls(fs::Call::rename) + plan.calls(fs::Call::mkdir), 0u);
}

}  // namespace
}  // namespace holt::test
