// Proves: transfers are whole whatever the kernel cuts them into, limits hold before memory is
// taken, symlinks and FIFOs are not fallen for, errors name operation and path.
#include "fs/file.h"

#include <limits>
#include <numeric>

#include "fs/fault.h"
#include "fs/sys.h"
#include "fs_test.h"

namespace holt::fs {
namespace {

using Repeat = Fault::Repeat;

Bytes pattern(std::size_t size) {
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 31 + i / 251);
    return bytes;
}

class FileTest : public ::testing::Test {
  protected:
    FileTest() : dir_(open_dir(temp_.path())) {}
    test::TempDir temp_;
    UniqueFd dir_;
};

TEST_F(FileTest, ShortTransfersAreInvisible) {
    const Bytes data = pattern(1000);
    for (const std::size_t count : {1, 7, 999}) {
        const ScopedFaultPlan plan({{.call = Call::write,
                                     .repeat = Repeat::for_ever,
                                     .action = Fault::Action::short_count,
                                     .count = count},
                                    {.call = Call::pwrite,
                                     .repeat = Repeat::for_ever,
                                     .action = Fault::Action::short_count,
                                     .count = count},
                                    {.call = Call::read,
                                     .repeat = Repeat::for_ever,
                                     .action = Fault::Action::short_count,
                                     .count = count},
                                    {.call = Call::pread,
                                     .repeat = Repeat::for_ever,
                                     .action = Fault::Action::short_count,
                                     .count = count}});
        const std::string name = "f" + std::to_string(count);
        const auto fd = create_file(dir_.get(), name, 0600, name);
        ASSERT_TRUE(fd);
        ASSERT_TRUE(write_full(fd->get(), data, name));
        ASSERT_TRUE(pwrite_full(fd->get(), data, 1000, name));
        Bytes back(3000);
        const auto got = pread_full(fd->get(), back, 0, name);
        ASSERT_TRUE(got);
        EXPECT_EQ(*got, 2000u);
        EXPECT_TRUE(equal(ByteView(back).first(1000), data));
        EXPECT_TRUE(equal(ByteView(back).subspan(1000, 1000), data));
        const auto all = read_file(dir_.get(), name, 2000, name);
        ASSERT_TRUE(all);
        EXPECT_EQ(all->size(), 2000u);
        EXPECT_GE(plan.struck(), 3u);
    }
}

TEST_F(FileTest, ReadingBeyondALimitIsRefused) {
    write_text(temp_ / "f", std::string(100'000, 'x'));
    EXPECT_EQ(read_file(dir_.get(), "f", 100'000, "f")->size(), 100'000u);
    EXPECT_EQ(read_file(dir_.get(), "f", 99'999, "f").error().kind, ErrorKind::no_space);
    EXPECT_EQ(read_file(dir_.get(), "f", 0, "f").error().kind, ErrorKind::no_space);
    write_text(temp_ / "empty", "");
    EXPECT_TRUE(read_file(dir_.get(), "empty", 0, "empty")->empty());
}

TEST_F(FileTest, AFileThatEndsEarlyIsCorrupt) {
    write_text(temp_ / "f", "abc");
    const auto fd = open_read(dir_.get(), "f", "f");
    Bytes four(4);
    const auto status = pread_exact(fd->get(), four, 0, "a/f");
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().kind, ErrorKind::corrupt);
    EXPECT_NE(status.error().message().find("'a/f'"), std::string::npos);
    EXPECT_TRUE(pread_exact(fd->get(), MutableByteView(four).first(3), 0, "f"));
}

TEST_F(FileTest, SymlinksAreNotFollowedAndFifosDoNotBlock) {
    write_text(temp_ / "f", "abc");
    std::filesystem::create_symlink("f", temp_ / "link");
    EXPECT_EQ(open_read(dir_.get(), "link", "link").error().sys_errno, ELOOP);
    EXPECT_EQ(create_file(dir_.get(), "link", 0600, "link").error().sys_errno, EEXIST);
    EXPECT_EQ(open_or_create(dir_.get(), "link", 0600, "link").error().sys_errno, ELOOP);
    ASSERT_EQ(::mkfifo((temp_ / "fifo").c_str(), 0600), 0);
    const auto fifo = open_read(dir_.get(), "fifo", "fifo");
    ASSERT_TRUE(fifo);
    EXPECT_EQ(stat_fd(fifo->get(), "fifo")->kind, Kind::fifo);
    EXPECT_EQ(stat_at(dir_.get(), "link", "link")->kind, Kind::symlink);
    EXPECT_EQ(stat_path((temp_ / "link").string())->kind, Kind::file);
}

TEST_F(FileTest, EveryDescriptorIsClosedOnExec) {
    const auto a = create_file(dir_.get(), "a", 0600, "a");
    const auto b = open_read(dir_.get(), "a", "a");
    const auto c = duplicate(a->get(), "a");
    for (const int fd : {a->get(), b->get(), c->get()})
        EXPECT_TRUE(::fcntl(fd, F_GETFD) & FD_CLOEXEC);
}

TEST_F(FileTest, ErrorsNameOperationAndPath) {
    const auto error = open_read(dir_.get(), "none", "x/none").error();
    EXPECT_EQ(error.message(), "open file 'x/none': No such file or directory");
    const auto fd = create_file(dir_.get(), "f", 0600, "f");
    const ScopedFaultPlan plan(
        {{.call = Call::write, .err = ENOSPC}, {.call = Call::fsync, .err = EIO}});
    EXPECT_EQ(write_full(fd->get(), pattern(10), "f").error().kind, ErrorKind::no_space);
    EXPECT_EQ(sync_fd(fd->get(), "f").error().sys_errno, EIO);
}

TEST_F(FileTest, TheRecordIsExact) {
    write_text(temp_ / "f", "12345");
    ASSERT_EQ(::chmod((temp_ / "f").c_str(), 04751), 0);
    const struct timespec times[2] = {{.tv_sec = 1, .tv_nsec = 0},
                                      {.tv_sec = -2, .tv_nsec = 999'999'999}};
    ASSERT_EQ(::utimensat(AT_FDCWD, (temp_ / "f").c_str(), times, 0), 0);
    const auto stat = stat_at(dir_.get(), "f", "f");
    ASSERT_TRUE(stat);
    EXPECT_EQ(stat->mode, 04751);
    EXPECT_EQ(stat->size, 5u);
    EXPECT_EQ(stat->mtime, (Time{-2, 999'999'999}));
    EXPECT_EQ(stat->ino, lstat_of(temp_ / "f").st_ino);
    EXPECT_EQ(stat->nlink, 1u);
}

TEST(FileStat, AnyTimeOfTheKernelIsKept) {
    struct stat st = {};
    st.st_mode = S_IFREG;
    st.st_mtim.tv_sec = std::numeric_limits<std::int64_t>::max();
    st.st_ctim.tv_sec = std::numeric_limits<std::int64_t>::min();
    EXPECT_EQ(to_file_stat(st).mtime, (Time{std::numeric_limits<std::int64_t>::max(), 0}));
    EXPECT_EQ(to_file_stat(st).ctime, (Time{std::numeric_limits<std::int64_t>::min(), 0}));
}

TEST_F(FileTest, CloningFallsBackWhereItCannot) {
    write_text(temp_ / "from", "content");
    const auto from = open_read(dir_.get(), "from", "from");
    const auto to = create_file(dir_.get(), "to", 0600, "to");
    for (const int err : {EOPNOTSUPP, EXDEV, EINVAL}) {
        const ScopedFaultPlan plan({{.call = Call::clone, .err = err}});
        EXPECT_FALSE(*clone_file(from->get(), to->get(), "to"));
    }
    const ScopedFaultPlan plan({{.call = Call::clone, .err = ENOSPC}});
    EXPECT_EQ(clone_file(from->get(), to->get(), "to").error().kind, ErrorKind::no_space);
}

}  // namespace
}  // namespace holt::fs
