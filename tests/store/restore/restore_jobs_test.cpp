// Proves: of some files out of many, those of a block are one job's, which decodes no more of it
// than it needs; where there are too many for one, the block is kept for the next.
#include "store/restore/restore_jobs.h"

#include <gtest/gtest.h>

#include "store/samples.h"

namespace holt::store {
namespace {

class RestoreJobsTest : public ::testing::Test {
  protected:
    /// A file of `chunks` chunks in blocks `block`, `block` + 1, ...
    void add(std::uint32_t block, std::size_t chunks = 1) {
        TreeEntry entry = test::sample_file("f", 100 * chunks);
        entry.chunks.assign(chunks, {entry.content, 100});
        for (std::uint32_t i = 0; i < chunks; ++i)
            located_.push_back({entry.content, 1, block + i, 0, 100});
        files_.push_back({.entry = std::make_shared<const TreeEntry>(std::move(entry)),
                          .path = "f",
                          .chunk_count = chunks});
    }
    std::vector<std::unique_ptr<RestoreJob>> jobs() {
        const auto fd = std::make_shared<const UniqueFd>();
        return make_jobs_by_block(fd, std::move(files_), located_);
    }
    std::vector<FileTask> files_;
    std::vector<LocatedChunk> located_;
};

TEST_F(RestoreJobsTest, AJobForEachBlock) {
    for (const std::uint32_t block : {1u, 1u, 2u, 7u, 7u, 7u}) add(block);
    const auto made = jobs();
    ASSERT_EQ(made.size(), 3u);
    EXPECT_EQ(made[0]->files.size(), 2u);
    EXPECT_EQ(made[1]->files.size(), 1u);
    EXPECT_EQ(made[2]->files.size(), 3u);
    for (const auto& job : made) {
        EXPECT_EQ(job->reuse, Reuse::unlikely);
        EXPECT_EQ(job->chunks.size(), job->files.size());
    }
}

TEST_F(RestoreJobsTest, FilesThatShareABlockStayTogether) {
    add(1);
    add(1, 3);  // blocks 1, 2, 3
    add(3);
    add(4);
    const auto made = jobs();
    ASSERT_EQ(made.size(), 2u);
    EXPECT_EQ(made[0]->files.size(), 3u);
    EXPECT_EQ(made[0]->chunks.size(), 5u);
}

// A tree of which half was taken later has the blocks of two snapshots in turns.
TEST_F(RestoreJobsTest, FilesOfTwoBlocksInTurns) {
    for (int i = 0; i < 20; ++i) add(i % 2 == 0 ? 9 : 4);
    const auto made = jobs();
    ASSERT_EQ(made.size(), 2u);
    for (const auto& job : made) {
        EXPECT_EQ(job->files.size(), 10u);
        EXPECT_EQ(job->reuse, Reuse::unlikely);
        for (const LocatedChunk& chunk : job->chunks) EXPECT_EQ(chunk.block, job->chunks[0].block);
    }
    EXPECT_EQ(made[0]->chunks[0].block, 4u);
}

TEST_F(RestoreJobsTest, EmptyFilesGoWithAny) {
    add(1);
    files_.push_back(
        {.entry = std::make_shared<const TreeEntry>(test::sample_file("e", 0)), .path = "e"});
    add(1);
    files_.push_back(
        {.entry = std::make_shared<const TreeEntry>(test::sample_file("e", 0)), .path = "e"});
    const auto made = jobs();
    ASSERT_EQ(made.size(), 1u);
    EXPECT_EQ(made[0]->files.size(), 4u);
    EXPECT_EQ(made[0]->chunks.size(), 2u);
}

TEST_F(RestoreJobsTest, ABlockOfVeryManyIsKeptForTheNextJob) {
    for (int i = 0; i < 300; ++i) add(1);
    add(2);
    const auto made = jobs();
    ASSERT_EQ(made.size(), 4u);
    EXPECT_EQ(made[0]->reuse, Reuse::likely);
    EXPECT_EQ(made[1]->reuse, Reuse::likely);
    EXPECT_EQ(made[2]->reuse, Reuse::likely);
    EXPECT_EQ(made[3]->reuse, Reuse::unlikely);
}

TEST_F(RestoreJobsTest, AFileOfManyChunksIsWrittenInParts) {
    add(1, 20);
    const auto made = jobs();
    ASSERT_EQ(made.size(), 3u);
    std::uint64_t offset = 0;
    for (const auto& job : made) {
        ASSERT_EQ(job->files.size(), 1u);
        EXPECT_TRUE(job->files[0].shared);
        EXPECT_EQ(job->files[0].offset, offset);
        offset += 100 * job->chunks.size();
    }
    EXPECT_EQ(offset, 2000u);
}

}  // namespace
}  // namespace holt::store
