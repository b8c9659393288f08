// Proves: what a snapshot keeps comes back exactly, for every kind of entry that a tree can have.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "support/store_fixture.h"

namespace holt::test {
namespace {

using RoundTrip = StoreTest;
namespace stdfs = std::filesystem;

void set_mtime(const stdfs::path& path, std::int64_t seconds, long ns) {
    const timespec times[2] = {{0, UTIME_OMIT}, {seconds, ns}};
    ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW), 0);
}

TEST_F(RoundTrip, EmptyTree) {
    snapshot({.name = "empty"});
    restore("empty", "out");
    expect_same_tree(source_, dir_ / "out");
}

TEST_F(RoundTrip, FilesOfEverySizeAroundTheLimits) {
    unsigned seed = 0;
    for (const std::size_t size : {0u, 1u, 100u, 1023u, 1024u, 1025u, (256u << 10) - 1, 256u << 10,
                                   (256u << 10) + 1, 1u << 20, (4u << 20) + 1, 9u << 20}) {
        write_file(source_ / ("random" + std::to_string(size)), random_bytes(size, ++seed));
        write_file(source_ / "text" / ("code" + std::to_string(size)), code_like(size, ++seed));
    }
    write_file(source_ / "zeros", std::string(5u << 20, '\0'));
    const SnapshotReport report = snapshot({.name = "sizes"});
    EXPECT_EQ(report.snapshot.files, 25u);
    restore("sizes", "out");
    expect_same_tree(source_, dir_ / "out");
}

TEST_F(RoundTrip, ModesTimesAndNames) {
    write_file(source_ / "setuid", "x");
    ::chmod((source_ / "setuid").c_str(), 06755);
    write_file(source_ / "secret", "x");
    ::chmod((source_ / "secret").c_str(), ::geteuid() == 0 ? 0 : 0400);
    stdfs::create_directories(source_ / "sticky" / "empty");
    ::chmod((source_ / "sticky").c_str(), 01777);
    write_file(source_ / "sealed" / "file", "x");
    set_mtime(source_ / "sealed" / "file", -1'000'000, 123'456'789);
    ::chmod((source_ / "sealed").c_str(), 0500);
    write_file(source_ / "\xff\xfe bad utf-8\n\x1b[31m", "x");
    write_file(source_ / std::string(255, 'n'), "x");
    write_file(source_ / "-rf", "x");
    write_file(source_ / "back\\slash", "x");
    stdfs::create_symlink("/nowhere/at all", source_ / "dangling");
    stdfs::create_symlink("../../../etc/passwd", source_ / "outside");
    set_mtime(source_ / "dangling", 4'000'000'000, 1);
    ASSERT_EQ(::mkfifo((source_ / "fifo").c_str(), 0640), 0);
    set_mtime(source_ / "fifo", 1, 2);
    set_mtime(source_ / "sticky", 1'000'000'000, 999'999'999);
    set_mtime(source_, 1'234'567'890, 5);
    snapshot({.name = "odd"});
    const RestoreReport report = restore("odd", "out");
    EXPECT_EQ(report.warnings, 0u);
    expect_same_tree(source_, dir_ / "out");
    ::chmod((source_ / "sealed").c_str(), 0700);
    ::chmod((dir_ / "out" / "sealed").c_str(), 0700);
}

TEST_F(RoundTrip, HardLinksWithinTheTreeStayLinked) {
    write_file(source_ / "b" / "first", "shared");
    stdfs::create_directories(source_ / "a");
    stdfs::create_hard_link(source_ / "b" / "first", source_ / "a" / "second");
    stdfs::create_hard_link(source_ / "b" / "first", source_ / "third");
    write_file(source_ / "large", random_bytes(3u << 20, 1));
    stdfs::create_hard_link(source_ / "large", source_ / "b" / "large too");
    stdfs::create_hard_link(source_ / "third", dir_ / "outside");  // a name outside does not matter
    const SnapshotReport report = snapshot({.name = "links"});
    EXPECT_EQ(report.snapshot.bytes, 6 + (3u << 20));
    const RestoreReport restored = restore("links", "out");
    EXPECT_EQ(restored.hard_links, 3u);
    expect_same_tree(source_, dir_ / "out");
}

TEST_F(RoundTrip, APartOfATreeKeepsItsLinksWithoutTheFirstName) {
    write_file(source_ / "z" / "one", "again");
    stdfs::create_hard_link(source_ / "z" / "one", source_ / "first");
    stdfs::create_hard_link(source_ / "z" / "one", source_ / "z" / "two");
    snapshot({.name = "all"});
    restore("all:z", "part");
    expect_same_tree(source_ / "z", dir_ / "part");
}

TEST_F(RoundTrip, SparseFilesStaySparse) {
    const int fd = ::open((source_ / "sparse").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644);
    ASSERT_GE(fd, 0);
    ASSERT_EQ(::pwrite(fd, "begin", 5, 0), 5);
    ASSERT_EQ(::pwrite(fd, "middle", 6, 20 << 20), 6);
    ASSERT_EQ(::ftruncate(fd, 50 << 20), 0);
    ::close(fd);
    write_file(source_ / "all hole", "");
    ASSERT_EQ(::truncate((source_ / "all hole").c_str(), 1 << 20), 0);
    snapshot({.name = "sparse"});
    restore("sparse", "out");
    expect_same_tree(source_, dir_ / "out");
    for (const char* name : {"sparse", "all hole"}) {
        struct stat before {
        }, after{};
        ASSERT_EQ(::stat((source_ / name).c_str(), &before), 0);
        ASSERT_EQ(::stat((dir_ / "out" / name).c_str(), &after), 0);
        EXPECT_LE(after.st_blocks, before.st_blocks) << name;
    }
}

TEST_F(RoundTrip, ExtendedAttributes) {
    write_file(source_ / "file", "x");
    stdfs::create_directories(source_ / "folder");
    const std::string value = random_bytes(100, 3);
    if (::setxattr((source_ / "file").c_str(), "user.holt.test", value.data(), value.size(), 0) !=
        0) {
        GTEST_SKIP() << "this file system keeps no user attributes";
    }
    ASSERT_EQ(::setxattr((source_ / "folder").c_str(), "user.empty", "", 0, 0), 0);
    ASSERT_EQ(::setxattr(source_.c_str(), "user.root", "r", 1, 0), 0);
    snapshot({.name = "attributes"});
    restore("attributes", "out");
    expect_same_tree(source_, dir_ / "out");
}

TEST_F(RoundTrip, OwnersWhenRoot) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
    write_file(source_ / "theirs", "x");
    ASSERT_EQ(::lchown((source_ / "theirs").c_str(), 1234, 5678), 0);
    ASSERT_EQ(::chmod((source_ / "theirs").c_str(), 06711), 0);
    stdfs::create_symlink("x", source_ / "link");
    ASSERT_EQ(::lchown((source_ / "link").c_str(), 4321, 8765), 0);
    stdfs::create_directories(source_ / "folder");
    ASSERT_EQ(::lchown((source_ / "folder").c_str(), 1, 2), 0);
    snapshot({.name = "owners"});
    restore("owners", "out");
    expect_same_tree(source_, dir_ / "out");
}

TEST_F(RoundTrip, DeepTreesAndLongNames) {
    // 1,000 levels of 200 bytes are far beyond PATH_MAX; every step is relative to the folder
    // above.
    int fd = ::open(source_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int level = 0; level < 1000; ++level) {
        const std::string name(200, static_cast<char>('a' + level % 26));
        ASSERT_EQ(::mkdirat(fd, name.c_str(), 0755), 0);
        const int next = ::openat(fd, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        ::close(fd);
        fd = next;
        const int file = ::openat(fd, "file", O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
        ASSERT_EQ(::write(file, name.data(), name.size()), 200);
        ::close(file);
    }
    ::close(fd);
    const SnapshotReport report = snapshot({.name = "deep"});
    EXPECT_EQ(report.snapshot.folders, 1001u);
    restore("deep", "out");
    expect_same_tree(source_, dir_ / "out");
}

TEST_F(RoundTrip, WideFolder) {
    for (int i = 0; i < 5000; ++i) write_file(source_ / std::to_string(i), std::to_string(i * i));
    snapshot({.name = "wide"});
    restore("wide", "out");
    expect_same_tree(source_, dir_ / "out");
}

TEST_F(RoundTrip, SocketsAreSkippedWithANote) {
    ASSERT_EQ(::mknod((source_ / "socket").c_str(), S_IFSOCK | 0600, 0), 0);
    write_file(source_ / "file", "x");
    const SnapshotReport report = snapshot({.name = "s"});
    EXPECT_EQ(report.skipped, 1u);
    EXPECT_EQ(report.left_out, 0u);
    EXPECT_EQ(notes_.count(Severity::info), 1u);
    restore("s", "out");
    EXPECT_FALSE(stdfs::exists(dir_ / "out" / "socket"));
    EXPECT_EQ(read_file(dir_ / "out" / "file"), "x");
}

TEST_F(RoundTrip, SameTreeGivesTheSameRootDigest) {
    for (unsigned i = 0; i < 300; ++i) {
        write_file(source_ / std::to_string(i % 7) / std::to_string(i), code_like(2000, i));
    }
    const Digest first = snapshot().snapshot.root;
    restore("latest", "copy");
    auto again = store_.snapshot((dir_ / "copy").string(), {}, notes_);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->snapshot.root, first);
    EXPECT_EQ(again->new_chunks, 0u);
}

}  // namespace
}  // namespace holt::test
