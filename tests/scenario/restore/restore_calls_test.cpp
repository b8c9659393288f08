// Proves: what a restore costs the kernel. For each folder one mkdirat and one open, for each file
// one open and one write, both their mode and time, and not one stat; by hard link for each file
// one open, stat, look at attributes, read and link, and nothing is written. A store that remembers
// the folder takes one fstat each instead of setting the mode. And what mending a file costs. Trees
// of two sizes are restored, and their difference is counted.
#include <sys/stat.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <thread>

#include "fs/fault.h"
#include "support/store_fixture.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;
using fs::Call;

class RestoreCalls : public StoreTest {
  protected:
    static constexpr std::uint64_t kSmall = 4, kLarge = 44, kFilesPerFolder = 5;
    static constexpr std::uint64_t kFolders = kLarge - kSmall;
    static constexpr std::uint64_t kFiles = kFolders * kFilesPerFolder;

    void SetUp() override {
        for (const std::uint64_t folders : {kSmall, kLarge}) {
            const auto tree = source_ / name_of(folders);
            for (std::uint64_t folder = 0; folder < folders; ++folder)
                for (std::uint64_t file = 0; file < kFilesPerFolder; ++file)
                    write_file(tree / std::to_string(folder) / std::to_string(file),
                               code_like(600, static_cast<unsigned>(folder * 100 + file)));
        }
        snapshot({.name = "s"});
    }
    static std::string name_of(std::uint64_t folders) {
        return "folders-" + std::to_string(folders);
    }

    /// How many calls of each kind the larger tree took more.
    std::array<std::uint64_t, fs::kCallKinds> difference(const RestoreOptions& options,
                                                         Access access) {
        Store store = *Store::open((dir_ / "store").string(), {.access = access});
        std::array<std::uint64_t, fs::kCallKinds> calls{};
        for (const std::uint64_t folders : {kSmall, kLarge}) {
            const fs::ScopedFaultPlan plan;
            EXPECT_TRUE(
                store.restore("s:" + name_of(folders), (dir_ / "out").string(), options, notes_));
            for (std::size_t kind = 1; kind < fs::kCallKinds; ++kind) {
                const std::uint64_t made = plan.calls(static_cast<Call>(kind));
                calls[kind] = folders == kSmall ? made : made - calls[kind];
            }
            std::filesystem::remove_all(dir_ / "out");
        }
        return calls;
    }
};

TEST_F(RestoreCalls, ByCopy) {
    const auto calls = difference({.link = LinkMode::copy}, Access::read_only);
    const auto of = [&](Call call) { return calls[static_cast<std::size_t>(call)]; };
    EXPECT_EQ(of(Call::mkdir), kFolders);
    EXPECT_EQ(of(Call::open), kFolders + kFiles);
    EXPECT_EQ(of(Call::pwrite), kFiles);
    EXPECT_EQ(of(Call::chmod), kFolders + kFiles);
    EXPECT_EQ(of(Call::utimens), kFolders + kFiles);
    for (const Call none :
         {Call::stat, Call::getdents, Call::rename, Call::link, Call::unlink, Call::chown,
          Call::getxattr, Call::setxattr, Call::truncate, Call::allocate, Call::fsync, Call::lock})
        EXPECT_EQ(of(none), 0u) << fs::name(none);
}

TEST_F(RestoreCalls, ToRememberTheFolder) {
    const auto calls = difference({.link = LinkMode::copy}, Access::read_write);
    const auto of = [&](Call call) { return calls[static_cast<std::size_t>(call)]; };
    EXPECT_GE(of(Call::stat), kFolders + kFiles);
    EXPECT_LE(of(Call::stat), kFolders + kFiles + 8) << "the catalog's own, besides";
    EXPECT_LE(of(Call::open), kFolders + kFiles + 8);
    EXPECT_EQ(of(Call::getdents), 0u);
    EXPECT_EQ(of(Call::chmod), 0u) << "made with their modes, as the stat shows";
}

// Made with their modes as far as the umask lets them, and given them once that was seen.
TEST_F(RestoreCalls, WhateverTheUmask) {
    stdfs::permissions(source_ / name_of(kSmall) / "1" / "2", stdfs::perms(0666));
    stdfs::permissions(source_ / name_of(kSmall) / "1" / "3", stdfs::perms(04711));
    stdfs::permissions(source_ / name_of(kSmall) / "1" / "4", stdfs::perms(0));
    stdfs::permissions(source_ / name_of(kSmall) / "2", stdfs::perms(0555));
    snapshot({.name = "modes"});
    for (const mode_t mask : {0u, 022u, 077u, 0177u}) {
        const mode_t old = ::umask(mask);
        restore("modes", "masked");
        ::umask(old);
        expect_same_tree(source_, dir_ / "masked");
        stdfs::permissions(dir_ / "masked" / name_of(kSmall) / "2", stdfs::perms(0755));
        stdfs::remove_all(dir_ / "masked");
    }
    stdfs::permissions(source_ / name_of(kSmall) / "2", stdfs::perms(0755));
}

// A file that changed: read, written beside, renamed. Its folder: opened once to be checked and
// once to be mended, listed, and given its time. Trees are read once, blocks as far as needed.
TEST_F(RestoreCalls, ToMendAFile) {
    constexpr std::uint64_t kMended = 20;
    const std::string tree = name_of(kLarge);
    const auto calls_of = [&](std::uint64_t changed) {
        restore("s:" + tree, "space");
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
        restore("s:" + tree, "space");
        for (std::uint64_t folder = 0; folder < changed; ++folder)
            write_file(dir_ / "space" / std::to_string(folder) / "1", std::string(600, 'x'));
        const fs::ScopedFaultPlan plan;
        const RestoreReport report = restore("s:" + tree, "space");
        EXPECT_EQ(report.files, changed);
        std::array<std::uint64_t, fs::kCallKinds> calls{};
        for (std::size_t kind = 1; kind < fs::kCallKinds; ++kind)
            calls[kind] = plan.calls(static_cast<Call>(kind));
        expect_same_tree(source_ / tree, dir_ / "space");
        stdfs::remove_all(dir_ / "space");
        return calls;
    };
    const auto one = calls_of(1), more = calls_of(1 + kMended);
    const auto of = [&](Call call) {
        const auto kind = static_cast<std::size_t>(call);
        return more[kind] - one[kind];
    };
    EXPECT_EQ(of(Call::open), 3 * kMended) << "to read it, to write it, its folder";
    EXPECT_EQ(of(Call::rename), kMended);
    EXPECT_EQ(of(Call::pwrite), kMended);
    EXPECT_EQ(of(Call::chmod), kMended);
    EXPECT_EQ(of(Call::utimens), 2 * kMended);
    EXPECT_EQ(of(Call::stat), 3 * kMended) << "before and after reading, and what its folder is on";
    EXPECT_EQ(of(Call::getxattr), kMended);
    EXPECT_EQ(of(Call::advise), 0u);
    for (const Call none : {Call::mkdir, Call::link, Call::unlink, Call::chown, Call::fsync})
        EXPECT_EQ(of(none), 0u) << fs::name(none);
}

TEST_F(RestoreCalls, ByHardLinkFromAFilledPool) {
    difference({.link = LinkMode::hardlink}, Access::read_write);
    const auto calls = difference({.link = LinkMode::hardlink}, Access::read_only);
    const auto of = [&](Call call) { return calls[static_cast<std::size_t>(call)]; };
    EXPECT_EQ(of(Call::mkdir), kFolders);
    EXPECT_EQ(of(Call::link), kFiles);
    EXPECT_EQ(of(Call::stat), kFiles);
    EXPECT_EQ(of(Call::getxattr), kFiles);
    EXPECT_EQ(of(Call::chmod), kFolders);
    EXPECT_EQ(of(Call::utimens), kFolders);
    // The pool's own folders are opened once each, at most 256.
    EXPECT_GE(of(Call::open), kFolders + kFiles);
    EXPECT_LE(of(Call::open), kFolders + kFiles + 256);
    // A read for each file, and the few blocks that the trees are in.
    EXPECT_GE(of(Call::pread), kFiles);
    EXPECT_LE(of(Call::pread), kFiles + 4);
    for (const Call none : {Call::pwrite, Call::write, Call::getdents, Call::rename, Call::unlink,
                            Call::chown, Call::setxattr, Call::truncate, Call::fsync})
        EXPECT_EQ(of(none), 0u) << fs::name(none);
}

}  // namespace
}  // namespace holt::test
