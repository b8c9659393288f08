// One file, symlink or FIFO: restored under a path of its own, and taken as a snapshot.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "support/store_fixture.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

class OneFile : public StoreTest {
  protected:
    OneFile() {
        write_file(source_ / "d" / "file", "the content");
        EXPECT_EQ(::chmod((source_ / "d" / "file").c_str(), 0640), 0);
        const timespec times[2] = {{1000, 5}, {1000, 5}};
        EXPECT_EQ(::utimensat(AT_FDCWD, (source_ / "d" / "file").c_str(), times, 0), 0);
        // On file systems without attributes none is compared.
        (void)::setxattr((source_ / "d" / "file").c_str(), "user.note", "x", 1, 0);
        stdfs::create_symlink("no/where", source_ / "d" / "link");
        EXPECT_EQ(::mkfifo((source_ / "d" / "fifo").c_str(), 0600), 0);
        write_file(source_ / "d" / "a*[b]\\", "odd name");
        // A folder whose mode would stand in the way, if the file were restored in it.
        EXPECT_EQ(::chmod((source_ / "d").c_str(), 0555), 0);
        stdfs::create_directory(dir_ / "out");
        snapshot({.name = "one"});
        (void)::chmod((source_ / "d").c_str(), 0755);
    }
    Result<RestoreReport> bring(const std::string& sub, const std::string& destination,
                                const RestoreOptions& options = {}) {
        return store_.restore("one:" + sub, destination, options, notes_);
    }
    std::string at(const std::string& name) const { return (dir_ / "out" / name).string(); }
    std::vector<std::string> names() const {
        std::vector<std::string> found;
        for (const auto& entry : stdfs::directory_iterator(dir_ / "out"))
            found.push_back(entry.path().filename().string());
        std::ranges::sort(found);
        return found;
    }
    static struct stat stat_of(const stdfs::path& path) {
        struct stat st {};
        EXPECT_EQ(::lstat(path.c_str(), &st), 0) << path;
        return st;
    }
};

TEST_F(OneFile, IsRestoredWithItsMetadataUnderAPathOfItsOwn) {
    const auto report = bring("d/file", at("new"));
    ASSERT_TRUE(report) << report.error().message();
    EXPECT_EQ(report->files, 1u);
    EXPECT_EQ(report->folders, 0u);
    EXPECT_EQ(report->bytes, 11u);
    EXPECT_EQ(report->path, at("new"));
    EXPECT_EQ(read_file(at("new")), "the content");
    const struct stat now = stat_of(at("new"));
    EXPECT_EQ(now.st_mode & 07777, 0640u);
    EXPECT_EQ(now.st_mtim.tv_sec, 1000);
    EXPECT_EQ(now.st_mtim.tv_nsec, 5);
    char value[8] = {};
    if (::getxattr((source_ / "d" / "file").c_str(), "user.note", value, sizeof value) == 1) {
        EXPECT_EQ(::getxattr(at("new").c_str(), "user.note", value, sizeof value), 1);
    }
    EXPECT_EQ(names(), std::vector<std::string>{"new"}) << "nothing else is left there";
}

TEST_F(OneFile, ASymlinkAndAFifoAreRestoredAsWhatTheyAre) {
    ASSERT_TRUE(bring("d/link", at("l")));
    EXPECT_EQ(stdfs::read_symlink(at("l")), "no/where");
    EXPECT_EQ(stat_of(at("l")).st_mtim.tv_nsec, stat_of(source_ / "d" / "link").st_mtim.tv_nsec);
    ASSERT_TRUE(bring("d/fifo", at("f")));
    EXPECT_TRUE(S_ISFIFO(stat_of(at("f")).st_mode));
    EXPECT_EQ(stat_of(at("f")).st_mode & 07777, 0600u);
    ASSERT_TRUE(bring("d/a*[b]\\", at("odd")));
    EXPECT_EQ(read_file(at("odd")), "odd name");
}

TEST_F(OneFile, AFolderThatIsThereGetsItUnderItsOwnName) {
    const auto report = bring("d/file", at(""));
    ASSERT_TRUE(report) << report.error().message();
    EXPECT_EQ(report->path, at("file"));
    EXPECT_EQ(read_file(at("file")), "the content");
    ASSERT_TRUE(bring("d/link", (dir_ / "out").string()));
    EXPECT_EQ(stdfs::read_symlink(at("link")), "no/where");
    // No folder is made for it, and none is replaced.
    EXPECT_FALSE(bring("d/file", at("none/")));
    EXPECT_FALSE(bring("d/file", at("none/file")));
    stdfs::create_directories(dir_ / "out" / "sub" / "file");
    EXPECT_FALSE(bring("d/file", at("sub"), {.force = true}));
    EXPECT_TRUE(stdfs::is_directory(at("sub/file")));
}

TEST_F(OneFile, WhatIsThereIsKeptWithoutForceAndReplacedNotWrittenWithIt) {
    write_file(at("old"), "old");
    stdfs::create_hard_link(at("old"), at("other"));
    write_file(dir_ / "outside", "outside");
    stdfs::create_symlink(dir_ / "outside", at("link"));
    for (const char* name : {"old", "link"}) {
        const auto refused = bring("d/file", at(name));
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().kind, ErrorKind::failed);
        ASSERT_TRUE(bring("d/file", at(name), {.force = true, .dry_run = true}));
    }
    EXPECT_EQ(read_file(at("old")), "old");
    ASSERT_TRUE(bring("d/file", at("old"), {.force = true, .durable = true}));
    ASSERT_TRUE(bring("d/file", at("link"), {.force = true}));
    EXPECT_EQ(read_file(at("old")), "the content");
    EXPECT_EQ(read_file(at("other")), "old");
    EXPECT_FALSE(stdfs::is_symlink(at("link")));
    EXPECT_EQ(read_file(at("link")), "the content");
    EXPECT_EQ(read_file(dir_ / "outside"), "outside");
}

// A symlink to a folder is that folder only when the path ends in '/'.
TEST_F(OneFile, ASymlinkToAFolderIsFollowedOnlyWhenAskedTo) {
    stdfs::create_directory(dir_ / "real");
    stdfs::create_directory_symlink(dir_ / "real", at("l"));
    EXPECT_FALSE(bring("d/file", at("l")));
    ASSERT_TRUE(bring("d/file", at("l/")));
    EXPECT_EQ(read_file(dir_ / "real" / "file"), "the content");
    if (::geteuid() != 0) GTEST_SKIP() << "only root can give a symlink to another user";
    ASSERT_EQ(::lchown(at("l").c_str(), 12345, 12345), 0);
    const auto refused = bring("d/file", at("l/"), {.force = true});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::unsafe_input);
}

TEST_F(OneFile, OptionsForFoldersAndTheStoreItselfAreRefused) {
    for (const RestoreOptions& options :
         {RestoreOptions{.force = true, .remove_extra = true}, RestoreOptions{.include = {"x"}},
          RestoreOptions{.exclude = {"x"}}}) {
        const auto refused = bring("d/file", at("new"), options);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().kind, ErrorKind::usage);
    }
    const auto refused = bring("d/file", (dir_ / "store" / "new").string());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::usage);
    EXPECT_TRUE(names().empty());
}

// Damage, and a large file with holes: whole or not at all.
TEST_F(OneFile, IsWholeOrNotThere) {
    const std::string large = random_bytes(30'000'000, 1);
    write_file(source_ / "large", large);
    stdfs::resize_file(source_ / "large", 200'000'000);
    snapshot({.name = "two"});
    ASSERT_TRUE(store_.restore("two:large", at("large"), {}, notes_));
    EXPECT_EQ(stdfs::file_size(at("large")), 200'000'000u);
    EXPECT_EQ(read_file(at("large")).substr(0, large.size()), large);
    EXPECT_LT(stat_of(at("large")).st_blocks * 512, 60'000'000);
    stdfs::remove(at("large"));
    for (const auto& pack : stdfs::recursive_directory_iterator(dir_ / "store" / "packs"))
        if (pack.is_regular_file()) stdfs::resize_file(pack.path(), pack.file_size() / 2);
    EXPECT_FALSE(store_.restore("two:large", at("large"), {}, notes_));
    EXPECT_TRUE(names().empty()) << "nothing of it is left";
}

// `snapshot FILE` and `restore SNAP:FILE` are each other's reverse.
TEST_F(OneFile, IsTakenAsASnapshotAndComesBack) {
    const auto taken = store_.snapshot((source_ / "d" / "file").string(), {.name = "f"}, notes_);
    ASSERT_TRUE(taken) << taken.error().message();
    EXPECT_EQ(taken->snapshot.files, 1u);
    EXPECT_EQ(taken->snapshot.folders, 1u);
    EXPECT_EQ(taken->snapshot.source, (source_ / "d" / "file").string());
    ASSERT_TRUE(store_.restore("f:file", at("back"), {}, notes_));
    EXPECT_EQ(read_file(at("back")), "the content");
    EXPECT_EQ(stat_of(at("back")).st_mtim.tv_nsec, 5);
    ASSERT_TRUE(store_.restore("f", at("folder"), {}, notes_));
    EXPECT_EQ(read_file(at("folder/file")), "the content");
    EXPECT_EQ(stat_of(at("folder")).st_mode & 07777, 0755u);

    // A symlink is itself, also one to nowhere; one to a folder is the folder.
    stdfs::create_directory_symlink("d", source_ / "to_d");
    ASSERT_TRUE(store_.snapshot((source_ / "d" / "link").string(), {.name = "l"}, notes_));
    ASSERT_TRUE(store_.restore("l:link", at("link"), {}, notes_));
    EXPECT_EQ(stdfs::read_symlink(at("link")), "no/where");
    EXPECT_EQ(store_.snapshot((source_ / "to_d").string(), {}, notes_)->snapshot.source,
              (source_ / "d").string());
    ASSERT_TRUE(store_.snapshot((source_ / "d" / "fifo").string(), {}, notes_));

    // Neither there, nor anything that a snapshot can have, nor the store's own.
    for (const std::string& path :
         {(source_ / "none").string(), std::string("/dev/null"),
          (source_ / "d" / "file").string() + "/", (dir_ / "store" / "CACHEDIR.TAG").string()}) {
        EXPECT_FALSE(store_.snapshot(path, {}, notes_)) << path;
    }
}

// The next snapshot of the file reads it only when it changed; one of its folder is another source.
TEST_F(OneFile, ItsStatRecordsAreItsOwn) {
    const std::string path = (source_ / "d" / "file").string();
    ::usleep(50'000);
    ASSERT_TRUE(store_.snapshot(path, {}, notes_));
    auto again = store_.snapshot(path, {}, notes_);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->files_unchanged, 1u);
    ASSERT_TRUE(store_.snapshot((source_ / "d").string(), {}, notes_));
    again = store_.snapshot(path, {}, notes_);
    EXPECT_EQ(again->files_unchanged, 1u);
    write_file(path, "the CONTENT");
    again = store_.snapshot(path, {.name = "n"}, notes_);
    EXPECT_EQ(again->files_read, 1u);
    ASSERT_TRUE(store_.restore("n:file", at("n"), {}, notes_));
    EXPECT_EQ(read_file(at("n")), "the CONTENT");
    // A folder takes the file's path, with a file of the same name in it.
    stdfs::remove(path);
    write_file(stdfs::path(path) / "file", "in a folder");
    again = store_.snapshot(path, {.name = "m"}, notes_);
    ASSERT_TRUE(store_.restore("m:file", at("m"), {}, notes_));
    EXPECT_EQ(read_file(at("m")), "in a folder");
}

}  // namespace
}  // namespace holt::test
