// Proves: a pool file that was changed in any way is found before it is linked, replaced and named;
// verify tells of it, repair removes it, and takes from the pool what a pack has lost.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "fs/fault.h"
#include "scenario/faults/fault_world.h"
#include "scenario/restore/pool_world.h"

namespace holt::test {
namespace {

TEST_F(PoolTest, ChangedContentIsFoundReplacedAndNamed) {
    restore("s", "one", kLink);
    for (const char* name : {"a", "sub/b", "sub/large"}) {
        const stdfs::path file = pool_file_of(dir_ / "one" / name);
        const struct stat before = record_of(file);
        ::chmod(file.c_str(), 0644);
        std::string content = read_file(file);
        content[content.size() / 2] = static_cast<char>(content[content.size() / 2] ^ 1);
        write_file(file, content);  // through the shared inode, as a program would
        ::chmod(file.c_str(), before.st_mode & 07777);
        const timespec times[2] = {before.st_atim, before.st_mtim};
        ::utimensat(AT_FDCWD, file.c_str(), times, 0);

        const RestoreReport report = restore("s", "two", kLink);
        expect_replaced(report, file);
        EXPECT_EQ(report.files_linked, 3u);
        expect_linked_tree("two");
        EXPECT_NE(inode(dir_ / "one" / name), inode(dir_ / "two" / name));
        EXPECT_EQ(inode(file), inode(dir_ / "two" / name));
        stdfs::remove_all(dir_ / "two");
        stdfs::remove_all(dir_ / "one");
        restore("s", "one", kLink);
    }
}

TEST_F(PoolTest, ChangedRecordIsFoundReplacedAndNamed) {
    restore("s", "one", kLink);
    const auto expect_found = [&](const char* what,
                                  const std::function<void(const char*)>& change) {
        SCOPED_TRACE(what);
        const stdfs::path file = pool_file_of(dir_ / "one" / "a");
        change(file.c_str());
        expect_replaced(restore("s", "two", kLink), file);
        expect_linked_tree("two");
        stdfs::remove_all(dir_ / "one");
        stdfs::rename(dir_ / "two", dir_ / "one");
    };
    expect_found("mode", [](const char* file) { ::chmod(file, 0644); });
    expect_found("longer", [](const char* file) { ::truncate(file, 100); });
    expect_found("empty", [](const char* file) { ::truncate(file, 0); });
    expect_found("time", [](const char* file) { ::utimensat(AT_FDCWD, file, nullptr, 0); });
    if (root()) expect_found("owner", [](const char* file) { ::chown(file, 1234, 1234); });
    if (::setxattr((dir_ / "one" / "a").c_str(), "user.test", "x", 1, 0) == 0)
        expect_found("attribute", [](const char*) {});
    expect_found("a symlink instead", [](const char* file) {
        const std::string elsewhere = std::string(file) + "-else";
        stdfs::rename(file, elsewhere);
        stdfs::create_symlink(elsewhere, file);
    });
}

// The pool is a cache: no snapshot is touched by what is wrong there.
TEST_F(PoolTest, VerifyNotesAChangedFileRepairRemovesIt) {
    restore("s", "one", kLink);
    const stdfs::path file = pool_file_of(dir_ / "one" / "a");
    EXPECT_EQ(store_.verify({}, {}, notes_)->pool_files, 3u);
    ::chmod(file.c_str(), 0644);
    const auto verified = store_.verify({}, {}, notes_);
    ASSERT_TRUE(verified) << verified.error().message();
    EXPECT_TRUE(verified->damage.empty()) << "no snapshot is touched";
    EXPECT_EQ(verified->pool_changed, 1u);
    ASSERT_FALSE(notes_.notes.empty());
    EXPECT_EQ(notes_.notes.back().second.object, file.string());
    EXPECT_EQ(notes_.notes.back().first, Severity::warning) << "a tree has the changed file";

    const auto repaired = Store::repair((dir_ / "store").string(), {}, notes_);
    ASSERT_TRUE(repaired) << repaired.error().message();
    EXPECT_EQ(repaired->pool_removed, 1u);
    EXPECT_FALSE(stdfs::exists(file));
    EXPECT_EQ(read_file(dir_ / "one" / "a"), "content of a");
    EXPECT_TRUE(store_.verify({}, {}, notes_)->damage.empty());
    const RestoreReport report = restore("s", "two", kLink);
    EXPECT_EQ(report.files_linked, 3u);
    EXPECT_EQ(report.pool_replaced, 0u);
}

// What a power cut leaves: no tree shares it, and the next restore makes it anew.
TEST_F(PoolTest, ATornFileIsNotedAndHeals) {
    restore("s", "one", kLink);
    const stdfs::path file = pool_file_of(dir_ / "one" / "a");
    stdfs::remove_all(dir_ / "one");
    ::chmod(file.c_str(), 0644);
    stdfs::resize_file(file, 0);
    stdfs::resize_file(file, 12);
    const auto verified = store_.verify({}, {}, notes_);
    ASSERT_TRUE(verified) << verified.error().message();
    EXPECT_TRUE(verified->damage.empty());
    EXPECT_EQ(verified->pool_changed, 1u);
    EXPECT_EQ(notes_.notes.back().first, Severity::info);
    restore("s", "two", kLink);
    EXPECT_EQ(read_file(dir_ / "two" / "a"), "content of a");
    EXPECT_EQ(store_.verify({}, {}, notes_)->pool_changed, 0u);
}

TEST_F(PoolTest, RepairTakesWhatAPackLostFromThePool) {
    restore("s", "one", kLink);
    for (const auto& entry : stdfs::recursive_directory_iterator(dir_ / "store" / "packs")) {
        if (!entry.is_regular_file()) continue;
        std::string bytes = read_file(entry.path());
        bytes[32 + 100] = static_cast<char>(bytes[32 + 100] ^ 1);  // in the first block
        stdfs::permissions(entry.path(), stdfs::perms::owner_write, stdfs::perm_options::add);
        write_file(entry.path(), bytes);
    }
    EXPECT_FALSE(store_.verify({}, {}, notes_)->damage.empty());
    const auto repaired = Store::repair((dir_ / "store").string(), {}, notes_);
    ASSERT_TRUE(repaired) << repaired.error().message();
    for (const Damage& damage : repaired->damage) ADD_FAILURE() << damage.what.message();
    EXPECT_EQ(repaired->quarantined.size(), 1u);
    EXPECT_TRUE(store_.verify({}, {}, notes_)->damage.empty());
    restore("s", "two", {.link = LinkMode::copy});
    expect_same_tree(source_, dir_ / "two");
}

}  // namespace
}  // namespace holt::test
