// Proves: whatever call fails or is the last before a SIGKILL, the name has the old content or the
// new, never a part; what is left is only a temporary name, and after an error not even that.
#include "fs/staging/atomic_file.h"

#include "fs/fault.h"
#include "fs_test.h"
#include "support/fault_points.h"

namespace holt::fs {
namespace {

using Action = Fault::Action;
using Repeat = Fault::Repeat;

class AtomicFileTest : public ::testing::Test {
  protected:
    AtomicFileTest() : dir_(open_dir(temp_.path())) {}
    Status write_new() {
        HOLT_TRY_LET(file, AtomicFile::create(dir_.get(), "pack", "x"));
        HOLT_TRY(file.write(as_bytes("new ")));
        HOLT_TRY(file.write(as_bytes("......t")));
        HOLT_TRY(file.write_at(4, as_bytes("conten")));
        return file.commit(dir_.get(), "name", "x/name", IfExists::replace, Durability::synced,
                           dir_.get());
    }
    /// Number of calls that write_new() makes.
    std::uint64_t calls() {
        return test::count_calls([&] { EXPECT_TRUE(write_new()); });
    }
    bool whole() {
        const std::string text = read_text(temp_ / "name");
        return text == "old" || text == "new content";
    }
    test::TempDir temp_{memory_folder()};
    UniqueFd dir_;
};

TEST_F(AtomicFileTest, AppearsWholeWithTheRightMode) {
    ASSERT_TRUE(write_new());
    EXPECT_EQ(read_text(temp_ / "name"), "new content");
    EXPECT_EQ(names_in(temp_.path()), (std::vector<std::string>{"name"}));
    EXPECT_EQ(lstat_of(temp_ / "name").st_mode & 07777, 0600u);
    ASSERT_TRUE(
        write_file_atomically(dir_.get(), "other", as_bytes("1"), "x/other", {.mode = 0644}));
    EXPECT_EQ(read_text(temp_ / "other"), "1");
}

TEST_F(AtomicFileTest, KilledBeforeAnyCallOnlyGarbageIsLeft) {
    const std::uint64_t n = calls();
    ASSERT_GE(n, 7u);
    const auto killed = test::kill_before_every_call(
        n, [&] { write_text(temp_ / "name", "old"); }, [&] { (void)write_new(); },
        [&](std::uint64_t k) {
            EXPECT_TRUE(whole()) << k;
            for (const auto& name : names_in(temp_.path()))
                EXPECT_TRUE(name == "name" || name.starts_with("pack.tmp-")) << name;
        });
    EXPECT_EQ(killed, n);
    for (const auto& name : names_in(temp_.path())) std::filesystem::remove(temp_ / name);
    EXPECT_TRUE(write_new()) << "garbage is in nobody's way";
}

TEST_F(AtomicFileTest, EveryErrorOfEveryCallOnceAndForEver) {
    const std::uint64_t n = calls();
    for (const int err : {EIO, ENOSPC, EDQUOT, EMFILE, EACCES, ENOMEM, EROFS})
        for (const Repeat repeat : {Repeat::once, Repeat::for_ever})
            for (std::uint64_t k = 1; k <= n; ++k) {
                write_text(temp_ / "name", "old");
                Status status;
                std::uint64_t struck = 0;
                {
                    const ScopedFaultPlan plan({{.nth = k, .repeat = repeat, .err = err}});
                    status = write_new();
                    struck = plan.struck();
                }
                EXPECT_GE(struck, 1u);
                ASSERT_FALSE(status) << k << errno_text(err);
                EXPECT_EQ(status.error().sys_errno, err);
                EXPECT_FALSE(status.error().object.empty());
                EXPECT_TRUE(whole());
                // With "for ever" even the unlink of the temporary fails: that is garbage, not
                // more.
                if (repeat == Repeat::once) {
                    EXPECT_EQ(names_in(temp_.path()), (std::vector<std::string>{"name"})) << k;
                }
                for (const auto& name : names_in(temp_.path()))
                    if (name != "name") std::filesystem::remove(temp_ / name);
            }
}

TEST_F(AtomicFileTest, InterruptionsAndShortWritesAreInvisible) {
    for (const Fault& fault :
         {Fault{.repeat = Repeat::for_ever, .err = EINTR},
          Fault{.repeat = Repeat::for_ever, .action = Action::short_count, .count = 1}}) {
        const ScopedFaultPlan plan({fault});
        ASSERT_TRUE(write_new());
        EXPECT_EQ(read_text(temp_ / "name"), "new content");
    }
}

TEST_F(AtomicFileTest, AfterAFailedSyncNothingIsTriedAgain) {
    auto file = AtomicFile::create(dir_.get(), "pack", "x");
    ASSERT_TRUE(file->write(as_bytes("a")));
    const ScopedFaultPlan plan({{.call = Call::fsync, .err = EIO}});
    EXPECT_EQ(file->sync().error().sys_errno, EIO);
    EXPECT_FALSE(file->sync());
    EXPECT_FALSE(file->write(as_bytes("b")));
    EXPECT_FALSE(file->commit(dir_.get(), "name", "name", IfExists::replace, Durability::synced));
    EXPECT_EQ(plan.calls(Call::fsync), 1u) << "that descriptor is never synced again";
    EXPECT_EQ(plan.calls(Call::write) + plan.calls(Call::pwrite), 0u);
    file->discard();
    EXPECT_TRUE(names_in(temp_.path()).empty());
}

TEST_F(AtomicFileTest, SyncsBeforeTheRenameAndTheFolderAfterIt) {
    // Drop either fsync from the code and one of these kills finds it missing.
    const ScopedFaultPlan plan;
    ASSERT_TRUE(write_new());
    EXPECT_EQ(plan.calls(Call::fsync), 3u) << "file, folder, parent";
    EXPECT_EQ(plan.calls(Call::rename), 1u);
    const int end = in_child([&] {
        const ScopedFaultPlan kill({{.call = Call::fsync, .nth = 2, .action = Action::kill}});
        std::filesystem::remove(temp_ / "name");
        (void)write_new();
    });
    EXPECT_EQ(end, kKilled);
    EXPECT_EQ(read_text(temp_ / "name"), "new content") << "the second fsync follows the rename";
}

TEST_F(AtomicFileTest, DoesNotReplaceWhatItShallNot) {
    write_text(temp_ / "name", "old");
    auto file = AtomicFile::create(dir_.get(), "pack", "x");
    ASSERT_TRUE(file->write(as_bytes("new")));
    const auto status =
        file->commit(dir_.get(), "name", "x/name", IfExists::fail, Durability::none);
    EXPECT_EQ(status.error().sys_errno, EEXIST);
    file->discard();
    EXPECT_EQ(read_text(temp_ / "name"), "old");
    EXPECT_EQ(names_in(temp_.path()).size(), 1u);
}

TEST_F(AtomicFileTest, WorksWithoutNoReplaceRenames) {
    const ScopedFaultPlan plan({{.call = Call::rename, .repeat = Repeat::for_ever, .err = EINVAL}});
    const auto put = [&] {
        return write_file_atomically(dir_.get(), "n", as_bytes("1"), "n",
                                     {.durability = Durability::synced});
    };
    EXPECT_TRUE(put());
    EXPECT_EQ(put().error().sys_errno, EEXIST);
    EXPECT_EQ(names_in(temp_.path()), (std::vector<std::string>{"n"}));
    EXPECT_EQ(lstat_of(temp_ / "n").st_nlink, 1u);
}

TEST_F(AtomicFileTest, AForkedChildLeavesTheFileToItsParent) {
    auto file = AtomicFile::create(dir_.get(), "pack", "x");
    ASSERT_TRUE(file->write(as_bytes("a")));
    EXPECT_EQ(in_child([&] { file->discard(); }), 0);
    EXPECT_TRUE(file->commit(dir_.get(), "name", "name", IfExists::fail, Durability::none));
    EXPECT_EQ(read_text(temp_ / "name"), "a");
}

TEST_F(AtomicFileTest, MovedFromObjectsOwnNothing) {
    auto first = *AtomicFile::create(dir_.get(), "a", "x");
    {
        AtomicFile second = std::move(first);
        EXPECT_FALSE(first.write(as_bytes("1")));
        EXPECT_EQ(names_in(temp_.path()).size(), 1u);
        auto third = *AtomicFile::create(dir_.get(), std::string(255, 'b'), "x");
        second = std::move(third);
        EXPECT_EQ(names_in(temp_.path()).size(), 1u) << "the assigned-over one is discarded";
    }
    EXPECT_TRUE(names_in(temp_.path()).empty());
}

}  // namespace
}  // namespace holt::fs
