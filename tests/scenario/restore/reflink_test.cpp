// Proves, on file systems that can share blocks: a restore clones the larger files from the pool,
// they are as in the snapshot and may be written without changing the pool; a changed pool file is
// found; `auto` chooses and tells. Each file system is made in a file and mounted for the test.
#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>

#include "support/child.h"
#include "support/store_fixture.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

struct FileSystem {
    const char* name;
    const char* make;  ///< the command, but for the image
};

// A file system of its own, gone with the object; empty path() when it could not be had.
class Mounted {
  public:
    explicit Mounted(const FileSystem& kind) {
        const std::string image = (dir_ / "image").string(), at = (dir_ / "mount").string();
        std::ofstream(image).close();
        stdfs::resize_file(image, std::uintmax_t{512} << 20);
        stdfs::create_directory(at);
        const std::string quiet = " >/dev/null 2>&1";
        if (run(std::string(kind.make) + " '" + image + "'" + quiet) &&
            run("mount -o loop '" + image + "' '" + at + "'" + quiet)) {
            path_ = at;
        }
    }
    ~Mounted() {
        if (!path_.empty()) run("umount '" + path_.string() + "'");
    }
    const stdfs::path& path() const { return path_; }

  private:
    static bool run(const std::string& command) { return std::system(command.c_str()) == 0; }
    TempDir dir_;
    stdfs::path path_;
};

bool shares_blocks(const stdfs::path& file) {
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    alignas(fiemap) std::array<char, sizeof(fiemap) + 16 * sizeof(fiemap_extent)> room{};
    auto* map = reinterpret_cast<fiemap*>(room.data());
    map->fm_length = FIEMAP_MAX_OFFSET;
    map->fm_flags = FIEMAP_FLAG_SYNC;
    map->fm_extent_count = 16;
    const bool known = ::ioctl(fd, FS_IOC_FIEMAP, map) == 0;
    ::close(fd);
    return known && map->fm_mapped_extents > 0 &&
           (map->fm_extents[0].fe_flags & FIEMAP_EXTENT_SHARED) != 0;
}

class Reflink : public ::testing::TestWithParam<FileSystem> {
  protected:
    void SetUp() override {
        if (!root()) GTEST_SKIP() << "needs root, to mount";
        mounted_.emplace(GetParam());
        if (mounted_->path().empty())
            GTEST_SKIP() << GetParam().name << " cannot be made or mounted here";
        write_file(source() / "small", "small");
        write_file(source() / "sub" / "large", random_bytes(300'000, 1));
        write_file(source() / "many chunks", random_bytes(20 << 20, 2));
        ::chmod((source() / "sub" / "large").c_str(), 0640);
        store_.emplace(*Store::init((mounted_->path() / "store").string()));
        ASSERT_TRUE(store_->snapshot(source().string(), {.name = "s"}, notes_));
    }
    void TearDown() override { store_.reset(); }

    stdfs::path source() const { return mounted_->path() / "source"; }
    stdfs::path out(const std::string& name) const { return mounted_->path() / name; }
    RestoreReport restore(const std::string& name, const RestoreOptions& options) {
        const auto report = store_->restore("s", out(name).string(), options, notes_);
        EXPECT_TRUE(report) << report.error().message();
        return report ? *report : RestoreReport{};
    }

    std::optional<Mounted> mounted_;
    std::optional<Store> store_;
    NoteKeeper notes_;
};

TEST_P(Reflink, ClonesAreFilesOfTheirOwnThatShareBlocks) {
    for (const char* name : {"filling", "one", "two"}) {
        const RestoreReport report = restore(name, {});
        EXPECT_EQ(report.link, LinkMode::reflink);
        EXPECT_EQ(report.files_linked, 2u);
        EXPECT_EQ(tree_differences(source().string(), out(name).string()),
                  std::vector<std::string>{});
    }
    EXPECT_EQ(notes_.notes.size(), 0u);
    for (const char* name : {"filling", "one", "two"}) {
        EXPECT_TRUE(shares_blocks(out(name) / "sub" / "large")) << name;
        EXPECT_TRUE(shares_blocks(out(name) / "many chunks")) << name;
        EXPECT_FALSE(shares_blocks(out(name) / "small")) << name;
    }
    write_file(out("one") / "sub" / "large", "written by a program");
    const RestoreReport report = restore("three", {.link = LinkMode::require_reflink});
    EXPECT_EQ(report.files_linked, 2u);
    EXPECT_EQ(report.pool_replaced, 0u);
    EXPECT_EQ(tree_differences(source().string(), out("three").string()),
              std::vector<std::string>{});
    EXPECT_TRUE(store_->verify({}, {}, notes_)->damage.empty());
    EXPECT_EQ(store_->stats()->pool_files, 2u);
}

TEST_P(Reflink, HardLinksAndClonesUseTheSamePoolFiles) {
    restore("linked", {.link = LinkMode::hardlink});
    EXPECT_EQ(store_->stats()->pool_files, 3u);
    EXPECT_EQ(restore("cloned", {.link = LinkMode::reflink}).files_linked, 2u);
    EXPECT_EQ(store_->stats()->pool_files, 3u);
    EXPECT_EQ(tree_differences(source().string(), out("cloned").string()),
              std::vector<std::string>{});
}

TEST_P(Reflink, AChangedPoolFileIsNotCloned) {
    restore("one", {});
    for (const auto& entry :
         stdfs::recursive_directory_iterator(mounted_->path() / "store" / "pool"))
        if (entry.is_regular_file() && entry.file_size() == 300'000) {
            struct stat st {};
            ASSERT_EQ(::stat(entry.path().c_str(), &st), 0);
            const int fd = ::open(entry.path().c_str(), O_WRONLY | O_CLOEXEC);
            EXPECT_EQ(::pwrite(fd, "x", 1, 150'000), 1);
            const timespec times[2] = {st.st_atim, st.st_mtim};
            ::futimens(fd, times);
            ::close(fd);
        }
    const RestoreReport report = restore("two", {});
    EXPECT_EQ(report.pool_replaced, 1u);
    EXPECT_EQ(notes_.count(Severity::warning), 1u);
    EXPECT_EQ(tree_differences(source().string(), out("two").string()), std::vector<std::string>{});
    EXPECT_EQ(restore("three", {}).pool_replaced, 0u);
}

INSTANTIATE_TEST_SUITE_P(FileSystems, Reflink,
                         ::testing::Values(FileSystem{"xfs", "mkfs.xfs -q -m reflink=1"},
                                           FileSystem{"btrfs", "mkfs.btrfs -q"}),
                         [](const auto& test) { return test.param.name; });

// Most machines have a file system that cannot: then `auto` copies without a word, `reflink` says
// so once, and `require-reflink` is an error that leaves nothing.
class NoReflink : public StoreTest {};

TEST_F(NoReflink, AutoCopiesReflinkTellsRequireFails) {
    write_file(source_ / "large", random_bytes(300'000, 1));
    snapshot({.name = "s"});
    const RestoreReport chosen = restore("s", "auto");
    if (chosen.link == LinkMode::reflink) GTEST_SKIP() << "files can be cloned here";
    EXPECT_EQ(chosen.link, LinkMode::copy);
    EXPECT_EQ(notes_.notes.size(), 0u);
    EXPECT_EQ(restore("s", "asked", {.link = LinkMode::reflink}).link, LinkMode::copy);
    EXPECT_EQ(notes_.count(Severity::warning), 1u);
    EXPECT_FALSE(store_.restore("s", (dir_ / "required").string(),
                                {.link = LinkMode::require_reflink}, notes_));
    EXPECT_FALSE(stdfs::exists(dir_ / "required"));
    EXPECT_FALSE(stdfs::exists(dir_ / "store" / "pool"));
    expect_same_tree(source_, dir_ / "auto");
    expect_same_tree(source_, dir_ / "asked");
}

}  // namespace
}  // namespace holt::test
