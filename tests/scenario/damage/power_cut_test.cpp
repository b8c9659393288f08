// Proves: what a power cut takes from files that nobody synced is found and mended, although their
// inodes, sizes and times are as they were recorded: in a restored folder and in a snapshot's
// source. Needs root and loop devices.
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cstdlib>

#include "base/unique_fd.h"
#include "fs/fault.h"
#include "support/store_fixture.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

// An ext4 that writes the sizes of files before their content, as others do now and then.
class PowerCut : public StoreTest {
  protected:
    static constexpr unsigned kFiles = 200;

    void SetUp() override {
        const bool made = ::geteuid() == 0 && shell("truncate -s 64M image") &&
                          shell("mkfs.ext4 -q image") && stdfs::create_directory(disk());
        if (!made || !shell("mount -o " + kOptions + " image disk"))
            GTEST_SKIP() << "needs root, mkfs.ext4 and loop devices";
        mounted_ = true;
    }
    void TearDown() override {
        if (mounted_) shell("umount disk");
    }
    bool shell(const std::string& command) const {
        const std::string all = "cd '" + dir_.path().string() + "' && " + command + " 2>/dev/null";
        return std::system(all.c_str()) == 0;
    }
    stdfs::path disk() const { return dir_ / "disk"; }

    /// The journal is written, then the device is gone; and comes back.
    void cut_the_power() {
        {
            const UniqueFd fd(::open(disk().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
            constexpr unsigned long kShutdown = _IOR('X', 125, std::uint32_t);
            const std::uint32_t with_journal = 1;
            ASSERT_EQ(::ioctl(fd.get(), kShutdown, &with_journal), 0);
        }
        ASSERT_TRUE(shell("umount disk"));
        mounted_ = false;
        ASSERT_TRUE(shell("mount -o " + kOptions + " image disk"));
        mounted_ = true;
        // Another mount namespace may still hold the device: then it is the dead one that came
        // back.
        if (!shell("touch disk/probe && rm disk/probe"))
            GTEST_SKIP() << "the device is held by others";
    }
    /// Files that have their size and not their content.
    unsigned lost(const stdfs::path& tree) const {
        unsigned count = 0;
        for (unsigned i = 0; i < kFiles; ++i)
            count += read_file(tree / std::to_string(i)) != content(i);
        return count;
    }
    static std::string content(unsigned i) { return code_like(20'000, i); }
    static void make_files(const stdfs::path& tree) {
        for (unsigned i = 0; i < kFiles; ++i) write_file(tree / std::to_string(i), content(i));
    }

    const std::string kOptions = "loop,data=writeback,nodelalloc";
    bool mounted_ = false;
};

TEST_F(PowerCut, WhatIsLostOfARestoreIsFoundAndMended) {
    make_files(source_);
    snapshot({.name = "one"});
    const auto space = disk() / "space";
    ASSERT_TRUE(store_.restore("one", space.string(), {}, notes_));
    ASSERT_TRUE(store_.restore("one", space.string(), {}, notes_)) << "records every file";
    cut_the_power();
    if (IsSkipped()) return;
    if (lost(space) == 0) GTEST_SKIP() << "the kernel had written all of it";
    unsigned told = 0;
    ASSERT_TRUE(store_.verify_folder(
        space.string(), {}, [&](const DiffEntry&) { ++told; }, notes_));
    EXPECT_EQ(told, lost(space));
    ASSERT_TRUE(store_.restore("one", space.string(), {}, notes_));
    EXPECT_EQ(lost(space), 0u);
}

TEST_F(PowerCut, ADurableRestoreIsComplete) {
    make_files(source_);
    snapshot({.name = "one"});
    const auto space = disk() / "space";
    ASSERT_TRUE(store_.restore("one", space.string(), {.durable = true}, notes_));
    cut_the_power();
    if (IsSkipped()) return;
    EXPECT_EQ(lost(space), 0u);
    const auto report = store_.restore("one", space.string(), {}, notes_);
    ASSERT_TRUE(report);
    EXPECT_LT(report->hashed, kFiles) << "it is believed";
}

TEST_F(PowerCut, WhatIsLostOfASourceIsReadAgain) {
    const auto source = disk() / "source";
    make_files(source);
    {
        const fs::ScopedFaultPlan no_sync(
            {{.call = fs::Call::syncfs, .repeat = fs::Fault::Repeat::for_ever, .err = EIO}});
        ASSERT_TRUE(store_.snapshot(source.string(), {.name = "one"}, notes_));
    }
    cut_the_power();
    if (IsSkipped()) return;
    const unsigned gone = lost(source);
    if (gone == 0) GTEST_SKIP() << "the kernel had written all of it";
    ASSERT_TRUE(store_.snapshot(source.string(), {.name = "two"}, notes_));
    restore("two", "two");
    expect_same_tree(source, dir_ / "two");
    restore("one", "one");
    EXPECT_EQ(lost(dir_ / "one"), 0u) << "the store itself lost nothing";
}

}  // namespace
}  // namespace holt::test
