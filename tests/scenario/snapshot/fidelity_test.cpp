// Proves: what root's trees have besides (capabilities, ACLs), what is at the edges (wide folders,
// very large files, depth) and what is left out on purpose, comes back as it was.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <set>

#include "scenario/faults/fault_world.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;
using Fidelity = StoreTest;

std::string little_endian(std::initializer_list<std::pair<std::uint32_t, int>> fields) {
    std::string bytes;
    for (auto [value, size] : fields) {
        for (int i = 0; i < size; ++i, value >>= 8) bytes += static_cast<char>(value);
    }
    return bytes;
}

// acl(5) as linux/posix_acl_xattr.h lays it out: version 2, then tag, permissions, id.
std::string acl(std::uint32_t named_user) {
    return little_endian({{2, 4},
                          {0x01, 2},
                          {6, 2},
                          {~0u, 4},
                          {0x02, 2},
                          {4, 2},
                          {named_user, 4},
                          {0x04, 2},
                          {4, 2},
                          {~0u, 4},
                          {0x10, 2},
                          {4, 2},
                          {~0u, 4},
                          {0x20, 2},
                          {0, 2},
                          {~0u, 4}});
}

TEST_F(Fidelity, CapabilitiesOfFiles) {
    if (!root()) GTEST_SKIP() << "needs root";
    write_file(source_ / "ping", "x");
    ASSERT_EQ(::lchown((source_ / "ping").c_str(), 1234, 5678), 0);
    ASSERT_EQ(::chmod((source_ / "ping").c_str(), 0755), 0);
    // VFS_CAP_REVISION_2 with the effective bit, cap_net_raw permitted (linux/capability.h).
    const std::string capability =
        little_endian({{0x02000001, 4}, {1u << 13, 4}, {0, 4}, {0, 4}, {0, 4}});
    if (::setxattr((source_ / "ping").c_str(), "security.capability", capability.data(),
                   capability.size(), 0) != 0) {
        GTEST_SKIP() << "no capabilities on this file system";
    }
    const SnapshotReport report = snapshot({.name = "s"});
    EXPECT_EQ(report.left_out, 0u);
    EXPECT_EQ(restore("s", "out").warnings, 0u);
    char back[64];
    ASSERT_EQ(::getxattr((dir_ / "out" / "ping").c_str(), "security.capability", back, sizeof back),
              static_cast<ssize_t>(capability.size()));
    EXPECT_EQ(std::string(back, capability.size()), capability);
    expect_same_tree(source_, dir_ / "out");
}

TEST_F(Fidelity, AccessControlLists) {
    if (!root()) GTEST_SKIP() << "needs root";
    write_file(source_ / "file", "x");
    stdfs::create_directories(source_ / "folder" / "below");
    write_file(source_ / "folder" / "plain", "x");
    const std::string list = acl(1234);
    if (::setxattr((source_ / "file").c_str(), "system.posix_acl_access", list.data(), list.size(),
                   0) != 0) {
        GTEST_SKIP() << "no ACLs on this file system";
    }
    ASSERT_EQ(::setxattr((source_ / "folder").c_str(), "system.posix_acl_default", list.data(),
                         list.size(), 0),
              0);
    ASSERT_EQ(::setxattr((source_ / "folder").c_str(), "system.posix_acl_access", list.data(),
                         list.size(), 0),
              0);
    snapshot({.name = "s"});
    EXPECT_EQ(restore("s", "out").warnings, 0u);
    expect_same_tree(source_, dir_ / "out");  // "plain" and "below" inherited nothing
    // A default ACL of the folder around must not mark what is restored into it.
    stdfs::create_directories(dir_ / "marked");
    ASSERT_EQ(::setxattr((dir_ / "marked").c_str(), "system.posix_acl_default", list.data(),
                         list.size(), 0),
              0);
    restore("s", "marked/out");
    expect_same_tree(source_, dir_ / "marked" / "out");
}

TEST_F(Fidelity, AVeryWideFolder) {
    const int count = long_tests() ? 100'000 : 20'000;
    const int folder = ::open(source_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; i < count; ++i) {
        const std::string name = "entry " + std::to_string(i);
        const int fd = ::openat(folder, name.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
        ASSERT_GE(fd, 0);
        if (i % 3 != 0) {
            ASSERT_EQ(::write(fd, name.data(), name.size()), static_cast<ssize_t>(name.size()));
        }
        ::close(fd);
    }
    ::close(folder);
    const SnapshotReport report = snapshot({.name = "wide"});
    EXPECT_EQ(report.snapshot.files, static_cast<std::uint64_t>(count));
    restore("wide", "out");
    expect_same_tree(source_, dir_ / "out");
}

TEST_F(Fidelity, AFileOfFiveGigabytes) {
    if (!long_tests()) GTEST_SKIP() << "HOLT_LONG_TESTS=1 runs it";
    const int fd = ::open((source_ / "huge").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
    ASSERT_GE(fd, 0);
    const std::string noise = random_bytes(3u << 20, 1);
    for (const off_t at : {off_t{0}, off_t{1} << 31, (off_t{1} << 32) - 1000, off_t{5} << 30}) {
        ASSERT_EQ(::pwrite(fd, noise.data(), noise.size(), at), static_cast<ssize_t>(noise.size()));
    }
    // And a stretch of real zeros, which are no hole.
    const std::string zeros(8u << 20, '\0');
    ASSERT_EQ(::pwrite(fd, zeros.data(), zeros.size(), off_t{3} << 30),
              static_cast<ssize_t>(zeros.size()));
    ::close(fd);
    const SnapshotReport report = snapshot({.name = "huge"});
    EXPECT_EQ(report.snapshot.bytes, (std::uint64_t{5} << 30) + noise.size());
    EXPECT_LT(report.stored_bytes, 32u << 20);
    restore("huge", "out");
    expect_same_tree(source_, dir_ / "out");
}

TEST_F(Fidelity, NamesOf255BytesAtEveryLevel) {
    const std::string name(255, '\xe9');  // not UTF-8 either
    write_file(source_ / name / name / name, "x");
    stdfs::create_directories(source_ / name / std::string(255, 'e'));
    stdfs::create_symlink(std::string(4000, 't'), source_ / name / std::string(255, 's'));
    ASSERT_EQ(::mkfifo((source_ / name / std::string(255, 'f')).c_str(), 0600), 0);
    stdfs::create_hard_link(source_ / name / name / name, source_ / name / std::string(255, 'h'));
    snapshot({.name = "s"});
    EXPECT_EQ(restore("s", "out").warnings, 0u);
    expect_same_tree(source_, dir_ / "out");
    // The destination's own name at its longest: that of the staging folder must still fit.
    restore("s", std::string(255, 'd'));
    expect_same_tree(source_, dir_ / std::string(255, 'd'));
}

TEST_F(Fidelity, WhatIsTooDeepIsLeftOutAndNamed) {
    int fd = ::open(source_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int level = 0; level < 1030; ++level) {
        ASSERT_EQ(::mkdirat(fd, "d", 0755), 0);
        const int next = ::openat(fd, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        ::close(fd);
        fd = next;
    }
    ::close(fd);
    const SnapshotReport report = snapshot({.name = "s"});
    EXPECT_EQ(report.left_out, 1u);
    EXPECT_EQ(report.snapshot.folders, 1025u);
    restore("s", "out");
}

TEST_F(Fidelity, TheSameTreeFromAnotherPlaceAndInAnotherOrder) {
    const auto make = [](const stdfs::path& tree, bool reverse) {
        for (int i = 0; i < 50; ++i) {
            const int n = reverse ? 49 - i : i;
            write_file(tree / std::to_string(n % 5) / std::to_string(n),
                       code_like(100 + 50 * static_cast<unsigned>(n), static_cast<unsigned>(n)));
        }
        stdfs::create_hard_link(tree / "0" / "0", tree / "1" / "zero");
        stdfs::create_symlink("x", tree / "link");
        const timespec times[2] = {{1'000'000'000, 1}, {1'000'000'000, 1}};
        for (const auto& entry : stdfs::recursive_directory_iterator(tree))
            ::utimensat(AT_FDCWD, entry.path().c_str(), times, AT_SYMLINK_NOFOLLOW);
        ::utimensat(AT_FDCWD, tree.c_str(), times, 0);
    };
    make(source_, false);
    make(dir_ / "elsewhere" / "deeper", true);
    const Digest root = snapshot().snapshot.root;
    auto other = Store::init((dir_ / "other store").string());
    ASSERT_TRUE(other);
    const auto report =
        other->snapshot((dir_ / "elsewhere" / "deeper").string(), {.level = 1}, notes_);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->snapshot.root, root);
}

TEST_F(Fidelity, Excludes) {
    for (const char* path : {"a.o", "a.c", "sub/b.o", "sub/b.c", "build/x", "sub/build/x", "keep.o",
                             "deep/er/cache/y", "deep/er/z", "cache", "spaced name/x", "[x]"}) {
        write_file(source_ / path, path);
    }
    snapshot(
        {.name = "s",
         .exclude = {"*.o", "!keep.o", "/build", "cache/", "deep/**/z", "spaced name", "\\[x]"}});
    std::set<std::string> kept;
    ASSERT_TRUE(store_.ls("s", "", {.recursive = true},
                          [&](const EntryInfo& entry) { kept.insert(entry.path); }));
    kept.erase("");
    EXPECT_EQ(kept, (std::set<std::string>{"a.c", "cache", "deep", "deep/er", "keep.o", "sub",
                                           "sub/b.c", "sub/build", "sub/build/x"}));
}

TEST_F(Fidelity, HardLinksToWhatIsExcluded) {
    write_file(source_ / "a first name", "shared");
    for (const char* name : {"b", "c"})
        stdfs::create_hard_link(source_ / "a first name", source_ / name);
    write_file(source_ / "x" / "only", "alone");
    stdfs::create_hard_link(source_ / "x" / "only", source_ / "y");
    snapshot({.name = "s", .exclude = {"a first name", "/x"}});
    restore("s", "out");
    EXPECT_EQ(names_in(dir_ / "out"), (std::set<std::string>{"b", "c", "y"}));
    EXPECT_EQ(read_file(dir_ / "out" / "b"), "shared");
    EXPECT_EQ(read_file(dir_ / "out" / "y"), "alone");
    struct stat b {
    }, c{};
    ASSERT_EQ(::lstat((dir_ / "out" / "b").c_str(), &b), 0);
    ASSERT_EQ(::lstat((dir_ / "out" / "c").c_str(), &c), 0);
    EXPECT_EQ(b.st_ino, c.st_ino);
    EXPECT_EQ(stdfs::hard_link_count(dir_ / "out" / "y"), 1u);
}

// As an ordinary user, with a folder that this user may not write to.
class FidelityOfUsers : public FaultWorld {};

TEST_F(FidelityOfUsers, SnapshotAndRestoreOfOnesOwnTree) {
    if (ran_in_fresh_process()) return;
    ASSERT_EQ(::chmod(dir_.path().c_str(), 0777), 0);
    clear();
    stdfs::create_directory(dir_ / "store");
    ASSERT_EQ(::chmod((dir_ / "store").c_str(), 0777), 0);
    const int end = as_user([&] {
        const stdfs::path tree = dir_ / "store" / "tree";
        write_file(tree / "sealed" / "file", "x");
        write_file(tree / "sealed" / "deeper" / "file", random_bytes(300'000, 1));
        stdfs::create_hard_link(tree / "sealed" / "file", tree / "hard");
        stdfs::create_symlink("sealed/file", tree / "link");
        write_file(tree / "setgid", "x");
        ::chmod((tree / "setgid").c_str(), 04755);
        ::chmod((tree / "sealed" / "file").c_str(), 0400);
        ::chmod((tree / "sealed" / "deeper").c_str(), 0500);
        ::chmod((tree / "sealed").c_str(), 0500);
        ::chmod(tree.c_str(), 0555);
        auto own = Store::init((dir_ / "store" / "own").string());
        ASSERT_TRUE(own) << own.error().message();
        const auto report = own->snapshot(tree.string(), {.name = "s"}, notes_);
        ASSERT_TRUE(report) << report.error().message();
        EXPECT_EQ(report->left_out, 0u);
        // New, over itself by force, and into the working folder.
        const stdfs::path back = dir_ / "store" / "back";
        for (int round = 0; round < 3; ++round) {
            const auto restored = own->restore("s", back.string(), {.force = round > 0}, notes_);
            ASSERT_TRUE(restored) << round << ": " << restored.error().message();
            EXPECT_EQ(restored->warnings, 0u);
            EXPECT_EQ(tree_differences(tree, back), std::vector<std::string>{});
        }
        stdfs::create_directories(dir_ / "store" / "here");
        ASSERT_EQ(::chdir((dir_ / "store" / "here").c_str()), 0);
        const auto restored = own->restore("s", ".", {}, notes_);
        ASSERT_TRUE(restored) << restored.error().message();
        EXPECT_EQ(tree_differences(tree, dir_ / "store" / "here"), std::vector<std::string>{});
        EXPECT_EQ(::chdir("/"), 0);
    });
    EXPECT_EQ(end, 0);
}

}  // namespace
}  // namespace holt::test
