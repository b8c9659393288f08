// Proves: a restore by hard link gives the snapshot's tree, read-only, sharing inodes with the
// pool; only files that are equal in everything that a link shares share one; a pool file that was
// changed in any way is found before it is linked, replaced and named; where links cannot be made
// the files are copied and that is told once, or is an error when links were required.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "fs/fault.h"
#include "scenario/faults/fault_world.h"
#include "support/child.h"
#include "support/store_fixture.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;
using Repeat = fs::Fault::Repeat;

struct stat record_of(const stdfs::path& path) {
    struct stat st {};
    EXPECT_EQ(::lstat(path.c_str(), &st), 0) << path;
    return st;
}
ino_t inode(const stdfs::path& path) {
    return record_of(path).st_ino;
}
unsigned mode(const stdfs::path& path) {
    return record_of(path).st_mode & 07777;
}

class PoolWorld : public StoreTest {
  protected:
    static constexpr RestoreOptions kLink{.link = LinkMode::hardlink};
    static constexpr RestoreOptions kRequire{.link = LinkMode::require_hardlink};

    void SetUp() override {
        write_file(source_ / "a", "content of a");
        write_file(source_ / "sub" / "b", code_like(5000, 1));
        write_file(source_ / "sub" / "large", random_bytes(3 << 20, 2));
        ::chmod((source_ / "sub" / "b").c_str(), 0755);
    }
    std::vector<stdfs::path> pool_files() const {
        std::vector<stdfs::path> found;
        const stdfs::path pool = dir_ / "store" / "pool";
        if (!stdfs::exists(pool)) return found;
        for (const auto& entry : stdfs::recursive_directory_iterator(pool))
            if (!entry.is_directory()) found.push_back(entry.path());
        return found;
    }
    stdfs::path pool_file_of(const stdfs::path& file) const {
        for (const stdfs::path& path : pool_files())
            if (inode(path) == inode(file)) return path;
        return {};
    }
    // What the source looks like when its files with content cannot be written to.
    void expect_linked_tree(const std::string& name) {
        const stdfs::path expected = dir_ / "expected";
        stdfs::remove_all(expected);
        ASSERT_EQ(
            std::system(("cp -a '" + source_.string() + "' '" + expected.string() + "'").c_str()),
            0);
        for (const auto& entry : stdfs::recursive_directory_iterator(expected))
            if (entry.is_regular_file() && !entry.is_symlink() && entry.file_size() > 0)
                ::chmod(entry.path().c_str(), mode(entry.path()) & ~0222u);
        expect_same_tree(expected, dir_ / name);
    }
    // One note, about a file of the pool.
    void expect_replaced(const RestoreReport& report, const stdfs::path& pool_file) {
        EXPECT_EQ(report.pool_replaced, 1u);
        EXPECT_EQ(report.warnings, 0u) << "the tree is as asked: not a partial restore";
        ASSERT_EQ(notes_.count(Severity::warning), 1u);
        EXPECT_EQ(notes_.notes.back().second.object, pool_file.string());
        notes_.notes.clear();
    }
};

class PoolTest : public PoolWorld {
  protected:
    void SetUp() override {
        PoolWorld::SetUp();
        snapshot({.name = "s"});
    }
};

// Forks: nothing is done with the store in this process.
using PoolProcesses = PoolWorld;

TEST_F(PoolTest, SharesInodesWithThePoolAndItsFilesAreReadOnly) {
    const RestoreReport first = restore("s", "one", kLink);
    const RestoreReport second = restore("s", "two", kRequire);
    EXPECT_EQ(first.link, LinkMode::hardlink);
    EXPECT_EQ(first.files_linked, 3u);
    EXPECT_EQ(second.files_linked, 3u);
    expect_linked_tree("one");
    expect_linked_tree("two");
    EXPECT_EQ(pool_files().size(), 3u);
    for (const char* name : {"a", "sub/b", "sub/large"}) {
        EXPECT_EQ(inode(dir_ / "one" / name), inode(dir_ / "two" / name)) << name;
        EXPECT_EQ(record_of(dir_ / "one" / name).st_nlink, 3u) << name;
        const stdfs::path file = pool_file_of(dir_ / "one" / name);
        ASSERT_FALSE(file.empty());
        EXPECT_EQ(mode(file) & 0222, 0u);
        EXPECT_EQ(file.filename().string().size(), 64u);
        EXPECT_EQ(file.parent_path().filename().string(), file.filename().string().substr(0, 2));
    }
    EXPECT_EQ(notes_.notes.size(), 0u);
    restore("s", "copy", {.link = LinkMode::copy});
    expect_same_tree(source_, dir_ / "copy");
}

TEST_F(PoolTest, OnlyFilesEqualInAllThatALinkSharesShareOne) {
    stdfs::remove_all(source_);
    for (const char* name : {"plain", "same", "mode", "time", "attribute", "setuid"})
        write_file(source_ / name, "the same in all");
    write_file(source_ / "empty", "");
    write_file(source_ / "empty too", "");
    const timespec when[2] = {{1'000'000'000, 1}, {1'000'000'000, 1}};
    for (const auto& entry : stdfs::directory_iterator(source_))
        ::utimensat(AT_FDCWD, entry.path().c_str(), when, 0);
    const timespec later[2] = {{1'000'000'000, 2}, {1'000'000'000, 2}};
    ::utimensat(AT_FDCWD, (source_ / "time").c_str(), later, 0);
    ::chmod((source_ / "mode").c_str(), 0600);
    ::chmod((source_ / "setuid").c_str(), 04755);
    const bool attributes =
        ::setxattr((source_ / "attribute").c_str(), "user.holt", "x", 1, 0) == 0;
    snapshot({.name = "t"});
    const RestoreReport report = restore("t", "out", kLink);
    std::set<ino_t> inodes;
    for (const char* name : {"plain", "mode", "time", "setuid", "empty", "empty too"})
        inodes.insert(inode(dir_ / "out" / name));
    EXPECT_EQ(inodes.size(), 6u);
    EXPECT_EQ(inode(dir_ / "out" / "same"), inode(dir_ / "out" / "plain"));
    if (attributes) {
        EXPECT_EQ(inodes.count(inode(dir_ / "out" / "attribute")), 0u);
    }
    // What gives rights, and what has no content, is a file of its own with the mode that it had.
    EXPECT_EQ(record_of(dir_ / "out" / "setuid").st_nlink, 1u);
    EXPECT_EQ(mode(dir_ / "out" / "setuid"), 04755u);
    EXPECT_EQ(record_of(dir_ / "out" / "empty").st_nlink, 1u);
    EXPECT_EQ(report.files_linked, 5u);
}

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

TEST_F(PoolTest, StatsCountThePool) {
    EXPECT_EQ(store_.stats()->pool_files, 0u);
    restore("s", "one", kLink);
    const std::uint64_t bytes = 12 + 5000 + (3 << 20);
    EXPECT_EQ(store_.stats()->pool_files, 3u);
    EXPECT_EQ(store_.stats()->pool_bytes, bytes);
    EXPECT_EQ(store_.stats()->pool_unused_bytes, 0u);
    stdfs::remove_all(dir_ / "one");
    EXPECT_EQ(store_.stats()->pool_unused_bytes, bytes);
}

TEST_F(PoolTest, OverATreeThatWasLinkedBefore) {
    restore("s", "out", kLink);
    restore("s", "out", {.force = true, .remove_extra = true, .link = LinkMode::hardlink});
    expect_linked_tree("out");
    restore("s", "out", {.force = true, .remove_extra = true, .link = LinkMode::copy});
    expect_same_tree(source_, dir_ / "out");
    for (const stdfs::path& file : pool_files()) EXPECT_EQ(mode(file) & 0222, 0u);
}

// Proves: given another snapshot, a linked tree has only those files read that may stay as they
// are. Whatever is in the others, they are replaced; but what a program wrote is still told.
TEST_F(PoolTest, SwitchingALinkedTreeReadsOnlyWhatMayStay) {
    restore("s", "out", kLink);
    ::usleep(50'000);  // past the clock's tick: what is read now is remembered
    const auto set_time = [](const stdfs::path& path, time_t seconds) {
        const timespec times[2] = {{seconds, 0}, {seconds, 0}};
        ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
    };
    set_time(source_ / "sub" / "b", 1'000'000'000);
    set_time(source_ / "sub" / "large", 1'000'000'001);
    snapshot({.name = "t"});
    const RestoreReport there = restore("t", "out", kLink);
    EXPECT_LE(there.hashed, 1u) << "a alone is wanted by both, and may be known from its link";
    EXPECT_EQ(there.files, 2u);
    expect_linked_tree("out");

    // The same time and size, and other content: found by nothing but reading, and not needed.
    const stdfs::path large = dir_ / "out" / "sub" / "large";
    ::chmod(large.c_str(), 0644);
    write_file(large, random_bytes(3 << 20, 3));
    set_time(large, 1'000'000'001);
    ::chmod(large.c_str(), 0444);
    const stdfs::path b = dir_ / "out" / "sub" / "b";
    ::chmod(b.c_str(), 0755);
    write_file(b, "a program wrote this");
    ::chmod(b.c_str(), 0555);
    notes_.notes.clear();
    const RestoreReport back = restore("s", "out", kLink);
    EXPECT_EQ(back.hashed, 1u) << "b, which was written to";
    EXPECT_EQ(back.files, 2u);
    const auto tells = [](const auto& note) {
        return note.second.cause.find("a program has written into") != std::string::npos;
    };
    EXPECT_EQ(std::ranges::count_if(notes_.notes, tells), 1);
    EXPECT_EQ(read_file(dir_ / "out" / "sub" / "b"), code_like(5000, 1));
    EXPECT_EQ(read_file(large), random_bytes(3 << 20, 2));
    EXPECT_EQ(mode(large), 0444u);
}

TEST_F(PoolTest, HardLinksOfTheSnapshotAreNamesOfThePoolsInode) {
    stdfs::create_hard_link(source_ / "a", source_ / "sub" / "a too");
    snapshot({.name = "h"});
    restore("h", "one", kLink);
    restore("h", "two", kLink);
    expect_linked_tree("one");
    expect_linked_tree("two");
    EXPECT_EQ(record_of(dir_ / "two" / "a").st_nlink, 5u);
}

// A file with two names is without write bits in one snapshot and with them in the next: it shares
// its inode and looks like a link into the pool, which it is not.
TEST_F(PoolTest, AHardLinkOfTheSnapshotIsNotTakenForOneIntoThePool) {
    stdfs::create_hard_link(source_ / "a", source_ / "a too");
    stdfs::create_hard_link(source_ / "a", source_ / "sub" / "a third");
    ::chmod((source_ / "a").c_str(), 0444);
    snapshot({.name = "closed"});
    ::chmod((source_ / "a").c_str(), 0644);
    snapshot({.name = "open"});
    for (const LinkMode link : {LinkMode::automatic, LinkMode::copy, LinkMode::reflink}) {
        for (const bool paranoid : {false, true}) {
            restore("closed", "out", {.link = link});
            EXPECT_EQ(mode(dir_ / "out" / "a"), 0444u);
            const RestoreReport report =
                restore("open", "out", {.paranoid = paranoid, .link = link});
            EXPECT_TRUE(report.in_place);
            EXPECT_EQ(mode(dir_ / "out" / "a"), 0644u);
            expect_same_tree(source_, dir_ / "out");
            stdfs::remove_all(dir_ / "out");
        }
    }
    // By links it is the pool's inode, as it should be; and back.
    restore("closed", "out");
    restore("open", "out", {.link = LinkMode::hardlink});
    EXPECT_EQ(mode(dir_ / "out" / "a"), 0444u);
    EXPECT_FALSE(pool_file_of(dir_ / "out" / "a").empty());
    EXPECT_EQ(restore("open", "out", {.link = LinkMode::hardlink}).files, 0u);
    restore("open", "out", {.link = LinkMode::copy});
    expect_same_tree(source_, dir_ / "out");
}

// What is by design is no difference; who asks for something else gets it.
TEST_F(PoolTest, ALinkedTreeIsAsItWasRestoredAndCopiesCanBeWritten) {
    restore("s", "out", kLink);
    expect_linked_tree("out");
    std::vector<std::string> told;
    const auto visit = [&](const DiffEntry& entry) { told.push_back(entry.path); };
    const auto report = store_.verify_folder((dir_ / "out").string(), {}, visit, notes_);
    ASSERT_TRUE(report) << report.error().message();
    EXPECT_EQ(told, std::vector<std::string>{});
    const auto paranoid =
        store_.verify_folder((dir_ / "out").string(), {.paranoid = true}, visit, notes_);
    ASSERT_TRUE(paranoid) << paranoid.error().message();
    EXPECT_EQ(told, std::vector<std::string>{});
    restore("s", "out", {.link = LinkMode::copy});
    expect_same_tree(source_, dir_ / "out");
}

// Somebody gave a restored file a second name elsewhere and took its write bits away.
TEST_F(PoolTest, AFileLinkedByOthersIsNotTakenForOneIntoThePool) {
    restore("s", "out");
    stdfs::create_hard_link(dir_ / "out" / "a", dir_ / "elsewhere");
    ::chmod((dir_ / "out" / "a").c_str(), 0444);
    EXPECT_EQ(restore("s", "out").files, 1u);
    EXPECT_EQ(mode(dir_ / "out" / "a"), 0644u);
    EXPECT_EQ(mode(dir_ / "elsewhere"), 0444u) << "another's file is not written to";
    expect_same_tree(source_, dir_ / "out");
}

// Files of their own in the snapshot that were made names of one inode: equal content is not
// enough.
TEST_F(PoolTest, FilesOfTheirOwnThatShareAnInodeAreParted) {
    write_file(source_ / "one", "the same");
    stdfs::create_hard_link(source_ / "one", source_ / "two");
    ::chmod((source_ / "one").c_str(), 0444);
    snapshot({.name = "linked"});
    struct stat st = record_of(source_ / "one");
    stdfs::remove(source_ / "two");
    write_file(source_ / "two", "the same");
    ::chmod((source_ / "two").c_str(), 0444);
    const timespec times[2] = {st.st_mtim, st.st_mtim};
    ASSERT_EQ(::utimensat(AT_FDCWD, (source_ / "two").c_str(), times, 0), 0);
    snapshot({.name = "parted"});
    restore("linked", "out");
    restore("linked", "out");  // learns the records of what the first has linked
    restore("parted", "out");
    EXPECT_NE(inode(dir_ / "out" / "one"), inode(dir_ / "out" / "two"));
    expect_same_tree(source_, dir_ / "out");
    // By links from the pool they are one inode again, and right.
    restore("parted", "out", {.paranoid = true, .link = LinkMode::hardlink});
    stdfs::remove(dir_ / "out" / "one");
    stdfs::remove(dir_ / "out" / "two");
    restore("parted", "out", {.link = LinkMode::hardlink});
    EXPECT_EQ(inode(dir_ / "out" / "one"), inode(dir_ / "out" / "two"));
    EXPECT_EQ(restore("parted", "out", {.paranoid = true, .link = LinkMode::hardlink}).files, 0u);
}

// The pool was removed by somebody: its links are ordinary files without write bits now, and are
// made anew.
TEST_F(PoolTest, LinksIntoAPoolThatIsGoneAreMadeAnew) {
    restore("s", "out", kLink);
    restore("s", "also", kLink);
    stdfs::remove_all(dir_ / "store" / "pool");
    EXPECT_EQ(restore("s", "out", kLink).files, 3u);
    expect_linked_tree("out");
    restore("s", "also", {.link = LinkMode::copy});
    expect_same_tree(source_, dir_ / "also");
}

TEST_F(PoolTest, FilesWithHolesAreWrittenWithTheirHoles) {
    write_file(source_ / "sparse", "x");
    ASSERT_EQ(::truncate((source_ / "sparse").c_str(), 8 << 20), 0);
    if (record_of(source_ / "sparse").st_blocks > 1024) GTEST_SKIP() << "no holes here";
    snapshot({.name = "h"});
    restore("h", "out", kLink);
    EXPECT_LT(record_of(dir_ / "out" / "sparse").st_blocks, 1024);
    EXPECT_EQ(record_of(dir_ / "out" / "sparse").st_nlink, 1u);
}

TEST_F(PoolTest, TooManyLinksMakeAnotherInode) {
    restore("s", "one", kLink);
    {
        const fs::ScopedFaultPlan plan({{.call = fs::Call::link, .nth = 1, .err = EMLINK}});
        const RestoreReport report = restore("s", "two", kRequire);
        EXPECT_EQ(plan.struck(), 1u);
        EXPECT_EQ(report.files_linked, 3u);
        EXPECT_EQ(report.pool_replaced, 0u);
    }
    expect_linked_tree("two");
    EXPECT_EQ(notes_.notes.size(), 0u);
    std::size_t shared = 0;
    for (const char* name : {"a", "sub/b", "sub/large"}) {
        shared += inode(dir_ / "one" / name) == inode(dir_ / "two" / name);
        EXPECT_EQ(inode(pool_file_of(dir_ / "two" / name)), inode(dir_ / "two" / name));
    }
    EXPECT_EQ(shared, 2u);
}

TEST_F(PoolTest, WhereNoLinkCanBeMadeFilesAreCopiedAndItIsToldOnce) {
    for (const bool filled : {false, true}) {
        if (filled) restore("s", "filled", kLink);
        for (const int err : {EXDEV, EPERM}) {
            SCOPED_TRACE(std::string(filled ? "pool filled, errno " : "pool empty, errno ") +
                         std::to_string(err));
            notes_.notes.clear();
            const fs::ScopedFaultPlan plan(
                {{.call = fs::Call::link, .nth = 1, .repeat = Repeat::for_ever, .err = err}});
            const RestoreReport report = restore("s", "out", kLink);
            EXPECT_EQ(report.link, LinkMode::copy);
            EXPECT_EQ(report.files_linked, 0u);
            EXPECT_EQ(report.warnings, 0u);
            EXPECT_EQ(notes_.count(Severity::warning), 1u);
            expect_same_tree(source_, dir_ / "out");
            stdfs::remove_all(dir_ / "out");
            const auto required = store_.restore("s", (dir_ / "out").string(), kRequire, notes_);
            ASSERT_FALSE(required);
            EXPECT_EQ(required.error().sys_errno, err);
            EXPECT_FALSE(stdfs::exists(dir_ / "out"));
        }
    }
}

TEST_F(PoolTest, AnotherFileSystemIsToldOnceOrAnError) {
    const TempDir elsewhere(memory_folder());
    if (record_of(elsewhere.path()).st_dev == record_of(dir_.path()).st_dev)
        GTEST_SKIP() << "only one file system here";
    const std::string out = (elsewhere / "out").string();
    const auto required = store_.restore("s", out, kRequire, notes_);
    ASSERT_FALSE(required);
    EXPECT_EQ(required.error().sys_errno, EXDEV);
    const auto report = store_.restore("s", out, kLink, notes_);
    ASSERT_TRUE(report) << report.error().message();
    EXPECT_EQ(report->link, LinkMode::copy);
    EXPECT_EQ(notes_.count(Severity::warning), 1u);
    expect_same_tree(source_, out);
    EXPECT_FALSE(stdfs::exists(dir_ / "store" / "pool")) << "nothing could be linked from it";
}

TEST_F(PoolTest, AStoreOpenedForReadingIsNotWrittenTo) {
    const auto reader = [&] {
        return *Store::open((dir_ / "store").string(), {.access = Access::read_only});
    };
    const auto none = reader().restore("s", (dir_ / "one").string(), kLink, notes_);
    ASSERT_TRUE(none) << none.error().message();
    EXPECT_EQ(none->link, LinkMode::copy);
    EXPECT_FALSE(stdfs::exists(dir_ / "store" / "pool"));
    EXPECT_EQ(notes_.count(Severity::warning), 1u);
    expect_same_tree(source_, dir_ / "one");

    restore("s", "filled", kLink);
    write_file(source_ / "new", "not in the pool yet");
    snapshot({.name = "more"});
    const auto some = reader().restore("more", (dir_ / "two").string(), kLink, notes_);
    ASSERT_TRUE(some) << some.error().message();
    EXPECT_EQ(some->files_linked, 3u);
    EXPECT_EQ(pool_files().size(), 3u);
    EXPECT_EQ(mode(dir_ / "two" / "new"), mode(source_ / "new")) << "not shared: as it was";
}

TEST_F(PoolTest, APoolThatCannotBeWrittenIsUsedAsItIs) {
    restore("s", "filled", kLink);
    write_file(source_ / "new", "not in the pool yet");
    snapshot({.name = "more"});
    notes_.notes.clear();
    const fs::ScopedFaultPlan plan(
        {{.call = fs::Call::link, .at = "put", .repeat = Repeat::for_ever, .err = EROFS},
         {.call = fs::Call::mkdir,
          .at = "make_or_open_folder",
          .repeat = Repeat::for_ever,
          .err = EROFS}});
    const RestoreReport report = restore("more", "out", kLink);
    EXPECT_EQ(report.files_linked, 3u);
    EXPECT_EQ(notes_.count(Severity::warning), 1u);
    EXPECT_EQ(mode(dir_ / "out" / "new"), mode(source_ / "new"));
    EXPECT_EQ(pool_files().size(), 3u);
}

TEST_F(PoolTest, SomethingElseInThePoolsPlaceMeansCopies) {
    write_file(dir_ / "elsewhere" / "file", "nobody touches this");
    const stdfs::path pool = dir_ / "store" / "pool";
    for (const bool symlink : {false, true}) {
        if (symlink)
            stdfs::create_symlink(dir_ / "elsewhere", pool);
        else
            write_file(pool, "a file");
        notes_.notes.clear();
        EXPECT_EQ(restore("s", "out", kLink).link, LinkMode::copy);
        EXPECT_EQ(notes_.count(Severity::warning), 1u);
        expect_same_tree(source_, dir_ / "out");
        EXPECT_FALSE(store_.restore("s", (dir_ / "no").string(), kRequire, notes_));
        stdfs::remove_all(dir_ / "out");
        stdfs::remove(pool);
    }
    // A link in a place below: what it leads to is not written into.
    stdfs::create_directory(pool);
    for (unsigned i = 0; i < 256; ++i) {
        char name[3];
        std::snprintf(name, sizeof name, "%02x", i);
        stdfs::create_symlink(dir_ / "elsewhere", pool / name);
    }
    EXPECT_EQ(restore("s", "out", kLink).files_linked, 0u);
    expect_same_tree(source_, dir_ / "out");
    EXPECT_EQ(std::distance(stdfs::directory_iterator(dir_ / "elsewhere"), {}), 1);
}

TEST_F(PoolTest, TimesAsAskedAreSharedOrRefused) {
    restore("s", "epoch", {.mtime = Mtime::epoch, .link = LinkMode::hardlink});
    restore("s", "preserved", kLink);
    EXPECT_EQ(record_of(dir_ / "epoch" / "a").st_mtim.tv_sec, 0);
    EXPECT_NE(inode(dir_ / "epoch" / "a"), inode(dir_ / "preserved" / "a"));
    const auto now = store_.restore("s", (dir_ / "now").string(),
                                    {.mtime = Mtime::now, .link = LinkMode::hardlink}, notes_);
    ASSERT_FALSE(now);
    EXPECT_EQ(now.error().kind, ErrorKind::usage);
}

TEST_F(PoolProcesses, AnOrdinaryUserGetsFilesOfItsOwn) {
    if (!root()) GTEST_SKIP() << "needs root";
    if (ran_in_fresh_process()) return;
    ASSERT_EQ(in_child([&] {
                  store_ = *Store::open((dir_ / "store").string());
                  snapshot({.name = "s"});
                  restore("s", "roots", kLink);
              }),
              0);
    stdfs::permissions(dir_.path(), stdfs::perms::all);
    for (const auto& entry : stdfs::recursive_directory_iterator(dir_ / "store"))
        if (entry.is_directory()) stdfs::permissions(entry.path(), stdfs::perms::all);
    EXPECT_EQ(as_user([&] {
                  auto store = Store::open((dir_ / "store").string());
                  ASSERT_TRUE(store);
                  for (const char* name : {"one", "two"}) {
                      const auto report =
                          store->restore("s", (dir_ / name).string(), kLink, notes_);
                      ASSERT_TRUE(report) << report.error().message();
                      EXPECT_EQ(report->files_linked, 3u);
                      EXPECT_EQ(report->pool_replaced, 0u);
                  }
                  EXPECT_EQ(record_of(dir_ / "two" / "a").st_uid, ::geteuid());
                  EXPECT_EQ(record_of(dir_ / "two" / "a").st_nlink, 3u);
                  EXPECT_NE(inode(dir_ / "two" / "a"), inode(dir_ / "roots" / "a"));
              }),
              0);
}

// A snapshot whose files are the same in pairs, restored by several processes into an empty pool:
// every tree is right, and all share the same inodes in the end.
TEST_F(PoolProcesses, SeveralRestoresFillThePoolAtOnce) {
    if (ran_in_fresh_process()) return;
    for (unsigned i = 0; i < 60; ++i) {
        write_file(source_ / "many" / std::to_string(i), code_like(3000, i / 2));
        const timespec when[2] = {{1'000'000'000, 1}, {1'000'000'000, 1}};
        ::utimensat(AT_FDCWD, (source_ / "many" / std::to_string(i)).c_str(), when, 0);
    }
    ASSERT_EQ(in_child([&] {
                  store_ = *Store::open((dir_ / "store").string());
                  snapshot({.name = "many"});
              }),
              0);
    std::vector<pid_t> children;
    for (int n = 0; n < 3; ++n) {
        children.push_back(start_child([&] {
            auto store = Store::open((dir_ / "store").string());
            ASSERT_TRUE(store);
            const auto report = store->restore(
                "many", (dir_ / ("out" + std::to_string(n))).string(), kRequire, notes_);
            ASSERT_TRUE(report) << report.error().message();
            EXPECT_EQ(report->files_linked, 63u);
            EXPECT_EQ(report->pool_replaced, 0u);
        }));
    }
    for (const pid_t child : children) EXPECT_EQ(end_of(child), 0);
    EXPECT_EQ(pool_files().size(), 33u);
    for (const char* name : {"a", "sub/large", "many/0", "many/59"}) {
        EXPECT_EQ(inode(dir_ / "out0" / name), inode(dir_ / "out1" / name)) << name;
        EXPECT_EQ(inode(dir_ / "out0" / name), inode(dir_ / "out2" / name)) << name;
        EXPECT_EQ(read_file(dir_ / "out0" / name), read_file(source_ / name));
    }
}

}  // namespace
}  // namespace holt::test
