// Proves: holes are found where they are, written files keep theirs, and looking ends even when the
// kernel's answers make no sense.
#include "fs/sparse.h"

#include "fs/fault.h"
#include "fs/file.h"
#include "fs/staging/tree_writer.h"
#include "fs_test.h"

namespace holt::fs {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;

class SparseTest : public ::testing::Test {
  protected:
    SparseTest() : dir_(open_dir(temp_.path())), fd_(*create_file(dir_.get(), "f", 0600, "f")) {}
    void put(std::uint64_t offset, std::size_t size) {
        ASSERT_TRUE(pwrite_full(fd_.get(), Bytes(size, 1), offset, "f"));
    }
    bool sparse() { return may_have_holes(*stat_fd(fd_.get(), "f")); }
    test::TempDir temp_{memory_folder()};
    UniqueFd dir_, fd_;
};

TEST_F(SparseTest, HolesAtTheStartBetweenAndAtTheEnd) {
    put(kMiB, kMiB);
    put(4 * kMiB, 100);
    ASSERT_TRUE(set_size(fd_.get(), 8 * kMiB, "f"));
    if (!sparse()) GTEST_SKIP() << "no sparse files here";
    const auto holes = find_holes(fd_.get(), 8 * kMiB, "f");
    ASSERT_TRUE(holes);
    ASSERT_EQ(holes->size(), 3u);
    EXPECT_EQ((*holes)[0], (Range{0, kMiB}));
    EXPECT_EQ((*holes)[1], (Range{2 * kMiB, 2 * kMiB}));
    EXPECT_EQ((*holes)[2].offset + (*holes)[2].length, 8 * kMiB);
}

TEST_F(SparseTest, AFileThatIsOneHole) {
    ASSERT_TRUE(set_size(fd_.get(), 5'000'000'123, "f"));
    EXPECT_TRUE(sparse());
    EXPECT_EQ(*find_holes(fd_.get(), 5'000'000'123, "f"), (std::vector<Range>{{0, 5'000'000'123}}));
}

TEST_F(SparseTest, ADenseFileIsNotLookedAt) {
    put(0, 3 * kMiB + 17);
    ASSERT_TRUE(sync_fd(fd_.get(), "f"));
    EXPECT_FALSE(sparse());
    EXPECT_TRUE(find_holes(fd_.get(), 3 * kMiB + 17, "f")->empty());
    EXPECT_TRUE(find_holes(fd_.get(), 0, "f")->empty());
}

TEST_F(SparseTest, AFileThatShrankMeanwhile) {
    put(0, 100);
    EXPECT_TRUE(find_holes(fd_.get(), 100 * kMiB, "f"));
}

TEST_F(SparseTest, FillingLeavesHolesAndTheRightLength) {
    const auto made = make_file(dir_.get(), "g", "g");
    FileFill fill(made->get(), "g");
    ASSERT_TRUE(fill.put(6 * kMiB, Bytes(kMiB, 2)));
    ASSERT_TRUE(fill.put(0, Bytes(kMiB, 1)));
    {
        const ScopedFaultPlan plan;
        ASSERT_TRUE(fill.finish(16 * kMiB));
        ASSERT_TRUE(fill.finish(16 * kMiB));
        EXPECT_EQ(plan.calls(), 1u);
    }
    const auto fd = open_read(dir_.get(), "g", "g");
    const auto stat = stat_fd(fd->get(), "g");
    EXPECT_EQ(stat->size, 16 * kMiB);
    if (!may_have_holes(*stat)) GTEST_SKIP() << "no sparse files here";
    EXPECT_EQ(*find_holes(fd->get(), 16 * kMiB, "g"),
              (std::vector<Range>{{kMiB, 5 * kMiB}, {7 * kMiB, 9 * kMiB}}));
}

TEST_F(SparseTest, AFileSystemThatCannotTellHasNoHoles) {
    ASSERT_TRUE(set_size(fd_.get(), kMiB, "f"));
    {
        const ScopedFaultPlan plan({{.call = Call::seek, .err = EINVAL}});
        EXPECT_TRUE(find_holes(fd_.get(), kMiB, "f")->empty());
    }
    const ScopedFaultPlan plan({{.call = Call::seek, .nth = 2, .err = EIO}});
    EXPECT_EQ(find_holes(fd_.get(), kMiB, "f").error().sys_errno, EIO);
}

TEST_F(SparseTest, EndsWhileTheFileChanges) {
    ASSERT_TRUE(set_size(fd_.get(), 64 * kMiB, "f"));
    std::thread writer([&] {
        for (std::uint64_t i = 0; i < 2000; ++i) {
            const std::uint64_t at = i * 7919 % 1024 * 64 * 1024;
            (void)pwrite_full(fd_.get(), Bytes(4096, 1), at, "f");
            if (i % 500 == 0) (void)set_size(fd_.get(), i * kMiB / 100, "f");
        }
    });
    const UniqueFd reader(::open((temp_ / "f").c_str(), O_RDONLY));
    for (int i = 0; i < 50; ++i) {
        const auto holes = find_holes(reader.get(), 64 * kMiB, "f");
        ASSERT_TRUE(holes);
        std::uint64_t end = 0;
        for (const Range& hole : *holes) {
            EXPECT_GE(hole.offset, end);
            end = hole.offset + hole.length;
        }
        EXPECT_LE(end, 64 * kMiB);
    }
    writer.join();
}

}  // namespace
}  // namespace holt::fs
