// Proves: where a restore writes, what it refuses, and what it leaves of what stood there.
#include <sys/stat.h>

#include "support/store_fixture.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

class Restore : public StoreTest {
  protected:
    void SetUp() override {
        write_file(source_ / "a", "new a");
        write_file(source_ / "sub" / "b", "new b");
        write_file(source_ / "was a folder", "now a file");
        write_file(source_ / "was a file" / "c", "now a folder");
        stdfs::create_symlink("a", source_ / "link");
        snapshot({.name = "s"});
    }
    std::size_t entries_in(const stdfs::path& folder) {
        return static_cast<std::size_t>(
            std::distance(stdfs::directory_iterator(folder), stdfs::directory_iterator()));
    }
};

TEST_F(Restore, RefusesAFolderThatIsNotEmpty) {
    write_file(dir_ / "out" / "mine", "mine");
    const auto report = store_.restore("s", (dir_ / "out").string(), {}, notes_);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, ErrorKind::failed);
    EXPECT_EQ(report.error().advice_code, Advice::allow_overwrite);
    EXPECT_EQ(entries_in(dir_ / "out"), 1u);
    EXPECT_EQ(entries_in(dir_.path()), 3u);  // store, source, out: nothing left behind
}

TEST_F(Restore, IntoAnEmptyFolder) {
    stdfs::create_directory(dir_ / "out");
    restore("s", "out");
    expect_same_tree(source_, dir_ / "out");
}

TEST_F(Restore, UnknownSnapshotMakesNothing) {
    const auto report = store_.restore("nothing", (dir_ / "out").string(), {}, notes_);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, ErrorKind::not_found);
    EXPECT_FALSE(stdfs::exists(dir_ / "out"));
}

TEST_F(Restore, ForceReplacesWhatStandsInTheWayAndKeepsTheRest) {
    write_file(dir_ / "out" / "mine", "mine");
    write_file(dir_ / "out" / "a", "old a");
    write_file(dir_ / "out" / "sub" / "mine too", "mine");
    write_file(dir_ / "out" / "was a folder" / "x" / "y", "old");
    write_file(dir_ / "out" / "was a file", "old");
    stdfs::create_directory(dir_ / "out" / "link");
    stdfs::create_hard_link(dir_ / "out" / "a", dir_ / "elsewhere");
    restore("s", "out", {.force = true});
    EXPECT_EQ(read_file(dir_ / "out" / "mine"), "mine");
    EXPECT_EQ(read_file(dir_ / "out" / "sub" / "mine too"), "mine");
    EXPECT_EQ(read_file(dir_ / "out" / "a"), "new a");
    EXPECT_EQ(read_file(dir_ / "elsewhere"), "old a");  // no inode was written through
    stdfs::remove(dir_ / "out" / "mine");
    stdfs::remove(dir_ / "out" / "sub" / "mine too");
    restore("s", "out", {.force = true});  // once more over itself, with the folders' times mended
    expect_same_tree(source_, dir_ / "out");
}

TEST_F(Restore, ForceWithDeleteMakesTheTreesEqual) {
    write_file(dir_ / "out" / "mine", "mine");
    write_file(dir_ / "out" / "sub" / "deep" / "mine", "mine");
    ::chmod((dir_ / "out" / "sub").c_str(), 0500);
    restore("s", "out", {.force = true, .remove_extra = true});
    expect_same_tree(source_, dir_ / "out");
}

TEST_F(Restore, DryRunOnlyTells) {
    const RestoreReport report = restore("s", "out", {.dry_run = true});
    EXPECT_EQ(report.files, 4u);
    EXPECT_EQ(report.folders, 3u);
    EXPECT_EQ(report.symlinks, 1u);
    EXPECT_FALSE(stdfs::exists(dir_ / "out"));
}

TEST_F(Restore, TimesAsAsked) {
    restore("s", "out", {.mtime = Mtime::epoch});
    struct stat st {};
    ASSERT_EQ(::lstat((dir_ / "out" / "sub" / "b").c_str(), &st), 0);
    EXPECT_EQ(st.st_mtim.tv_sec, 0);
    ASSERT_EQ(::lstat((dir_ / "out" / "sub").c_str(), &st), 0);
    EXPECT_EQ(st.st_mtim.tv_sec, 0);
}

TEST_F(Restore, ACancelledRestoreLeavesNothing) {
    Cancel cancel;
    cancel.request();
    const auto report = store_.restore("s", (dir_ / "out").string(), {.cancel = &cancel}, notes_);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, ErrorKind::cancelled);
    EXPECT_EQ(entries_in(dir_.path()), 2u);
}

}  // namespace
}  // namespace holt::test
