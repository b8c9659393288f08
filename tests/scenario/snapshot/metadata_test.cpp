// Proves: attributes, ACLs and hard links of every kind come back as they were, for root and for an
// ordinary user; and what cannot be kept, set or compared is told by kind, with exit code 3 where
// something is missing.
#include <fcntl.h>
#include <sys/stat.h>

#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "fs/fault.h"
#include "fs/metadata/posix_acl.h"
#include "support/child.h"
#include "support/store_fixture.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;
using holt::fs::AclEntry;
using holt::fs::Call;
using holt::fs::Fault;
using holt::fs::ScopedFaultPlan;
using Tag = AclEntry::Tag;

struct stat stat_of(const stdfs::path& path) {
    struct stat st {};
    EXPECT_EQ(::lstat(path.c_str(), &st), 0) << path;
    return st;
}
unsigned mode_of(const stdfs::path& path) {
    return stat_of(path).st_mode & 07777;
}
bool one_inode(const stdfs::path& a, const stdfs::path& b) {
    return stat_of(a).st_ino == stat_of(b).st_ino;
}
/// All attributes that this user is shown.
std::map<std::string, std::string> xattrs_of(const stdfs::path& path) {
    char names[4096];
    const ssize_t size = ::llistxattr(path.c_str(), names, sizeof names);
    std::map<std::string, std::string> found;
    for (ssize_t at = 0; at < size;
         at += static_cast<ssize_t>(std::string(names + at).size()) + 1) {
        char value[4096];
        const ssize_t got = ::lgetxattr(path.c_str(), names + at, value, sizeof value);
        found[names + at] = got < 0 ? "unreadable" : std::string(value, static_cast<size_t>(got));
    }
    return found;
}
bool set(const stdfs::path& path, const char* name, const std::string& value) {
    return ::lsetxattr(path.c_str(), name, value.data(), value.size(), 0) == 0;
}

// user::rw-, user:1234:rw-, group::---, mask::rw-, other::---
const std::string kList = holt::fs::encode_acl({{Tag::owner, 6},
                                                {Tag::user, 6, 1234},
                                                {Tag::owning_group, 0},
                                                {Tag::mask, 6},
                                                {Tag::other, 0}});

class KeptMetadata : public StoreTest {
  protected:
    void SetUp() override {
        write_file(source_ / "probe", "");
        acls_ = set(source_ / "probe", "system.posix_acl_access", kList);
        trusted_ = root() && set(source_ / "probe", "trusted.x", "1");
        stdfs::remove(source_ / "probe");
        stdfs::permissions(dir_.path(), stdfs::perms::all);
        stdfs::permissions(source_, stdfs::perms::all);
    }
    // A store of an ordinary user, who runs `body` with it.
    void as_other(const std::function<void(Store&)>& body) {
        EXPECT_EQ(as_user([&] {
                      auto store = Store::init((dir_ / "theirs").string());
                      ASSERT_TRUE(store) << store.error().message();
                      body(*store);
                  }),
                  0);
    }
    std::vector<DiffEntry> diff(const std::string& a, const std::string& b) {
        std::vector<DiffEntry> found;
        auto report = store_.diff(
            a, b, {}, [&](const DiffEntry& entry) { found.push_back(entry); }, notes_);
        EXPECT_TRUE(report) << report.error().message();
        return found;
    }
    std::string at(const char* name) { return (dir_ / name).string(); }

    bool acls_ = false, trusted_ = false;
};

TEST_F(KeptMetadata, SymlinksAndFifosWithSeveralNamesStayOneInode) {
    stdfs::create_directories(source_ / "b" / "c");
    stdfs::create_symlink("anywhere", source_ / "link");
    ASSERT_EQ(::mkfifo((source_ / "pipe").c_str(), 0640), 0);
    write_file(source_ / "file", "x");
    for (const char* name : {"link", "pipe", "file"}) {
        stdfs::path first = source_ / name;
        ASSERT_EQ(::linkat(AT_FDCWD, first.c_str(), AT_FDCWD, (source_ / "b" / name).c_str(), 0),
                  0);
        ASSERT_EQ(
            ::linkat(AT_FDCWD, first.c_str(), AT_FDCWD, (source_ / "b" / "c" / name).c_str(), 0),
            0);
    }
    stdfs::create_symlink("anywhere", source_ / "b" / "other link");
    snapshot({.name = "s"});

    const RestoreReport made = restore("s", "out");
    EXPECT_EQ(made.symlinks, 2u);
    EXPECT_EQ(made.others, 1u);
    EXPECT_EQ(made.hard_links, 6u);
    const auto is_whole = [&](const stdfs::path& out) {
        expect_same_tree(source_, out);
        for (const char* name : {"link", "pipe", "file"}) {
            EXPECT_TRUE(one_inode(out / name, out / "b" / name)) << name;
            EXPECT_TRUE(one_inode(out / name, out / "b" / "c" / name)) << name;
        }
        EXPECT_EQ(stat_of(out / "b" / "other link").st_nlink, 1u);
        EXPECT_EQ(diff("s", out.string()).size(), 0u);
    };
    is_whole(dir_ / "out");
    RestoreOptions dry{.dry_run = true};
    EXPECT_EQ(restore("s", "dry", dry).hard_links, 6u);

    // Mended in place: a name that became an inode of its own, one that is gone, and one that was
    // linked to what it shall not be.
    stdfs::remove(dir_ / "out" / "b" / "link");
    stdfs::create_symlink("anywhere", dir_ / "out" / "b" / "link");
    stdfs::remove(dir_ / "out" / "pipe");
    stdfs::remove(dir_ / "out" / "b" / "other link");
    ASSERT_EQ(::linkat(AT_FDCWD, (dir_ / "out" / "link").c_str(), AT_FDCWD,
                       (dir_ / "out" / "b" / "other link").c_str(), 0),
              0);
    std::vector<std::string> told;
    ASSERT_TRUE(store_.verify_folder(
        at("out"), {}, [&](const DiffEntry& entry) { told.push_back(entry.path); }, notes_));
    EXPECT_TRUE(std::ranges::count(told, "b/link") == 1);
    EXPECT_TRUE(std::ranges::count(told, "pipe") == 1);
    EXPECT_GT(diff("s", at("out")).size(), 0u);
    EXPECT_TRUE(restore("s", "out").in_place);
    is_whole(dir_ / "out");
}

TEST_F(KeptMetadata, TheFirstNameOfALinkMayLieOutsideOfThePart) {
    stdfs::create_directories(source_ / "part" / "below");
    stdfs::create_symlink("t", source_ / "a");
    ASSERT_EQ(::mkfifo((source_ / "p").c_str(), 0600), 0);
    write_file(source_ / "f", "x");
    for (const auto& [first, name] :
         {std::pair{"a", "l"}, std::pair{"p", "q"}, std::pair{"f", "g"}}) {
        for (const char* where : {"part", "part/below"})
            ASSERT_EQ(::linkat(AT_FDCWD, (source_ / first).c_str(), AT_FDCWD,
                               (source_ / where / name).c_str(), 0),
                      0);
    }
    snapshot({.name = "s"});
    restore("s:part", "out");
    for (const char* name : {"l", "q", "g"}) {
        EXPECT_TRUE(one_inode(dir_ / "out" / name, dir_ / "out" / "below" / name)) << name;
        EXPECT_EQ(stat_of(dir_ / "out" / name).st_nlink, 2u);
    }
    EXPECT_EQ(diff("s:part", at("out")).size(), 0u) << "links are told from the part's root";
    stdfs::remove(dir_ / "out" / "below" / "l");
    restore("s:part", "out");
    EXPECT_TRUE(one_inode(dir_ / "out" / "l", dir_ / "out" / "below" / "l"));
}

TEST_F(KeptMetadata, AFileSystemMayKnowNoLinksToSymlinks) {
    stdfs::create_symlink("t", source_ / "a");
    ASSERT_EQ(::linkat(AT_FDCWD, (source_ / "a").c_str(), AT_FDCWD, (source_ / "b").c_str(), 0), 0);
    snapshot({.name = "s"});
    const ScopedFaultPlan plan(
        {{.call = Call::link, .repeat = Fault::Repeat::for_ever, .err = EPERM}});
    EXPECT_EQ(restore("s", "out").warnings, 1u);
    EXPECT_TRUE(stdfs::is_symlink(dir_ / "out" / "b"));
    EXPECT_FALSE(one_inode(dir_ / "out" / "a", dir_ / "out" / "b"));
}

TEST_F(KeptMetadata, RootKeepsTrustedAndSecurityAttributesOfEveryKind) {
    if (!trusted_) GTEST_SKIP() << "needs root, and a file system with trusted.*";
    write_file(source_ / "file", "x");
    write_file(source_ / "large", random_bytes(300'000, 1));
    stdfs::create_directory(source_ / "folder");
    stdfs::create_symlink("t", source_ / "link");
    ASSERT_EQ(::mkfifo((source_ / "pipe").c_str(), 0600), 0);
    const char* const names[] = {"file", "large", "folder", "link", "pipe"};
    for (const char* name : names) {
        ASSERT_TRUE(set(source_ / name, "trusted.a", name));
        ASSERT_TRUE(set(source_ / name, "security.b", name));
    }
    ASSERT_TRUE(set(source_, "trusted.root", "1"));
    const SnapshotReport report = snapshot({.name = "s"});
    EXPECT_EQ(report.left_out, 0u);
    EXPECT_EQ(restore("s", "out").warnings, 0u);
    for (const char* name : names)
        EXPECT_EQ(xattrs_of(dir_ / "out" / name), xattrs_of(source_ / name)) << name;
    EXPECT_EQ(xattrs_of(dir_ / "out"), xattrs_of(source_));
    EXPECT_EQ(diff("s", at("out")).size(), 0u);

    // diff and verify see each of them, and a restore mends it.
    for (const char* name : names) {
        ASSERT_TRUE(set(dir_ / "out" / name, "trusted.a", "other"));
        ASSERT_EQ(diff("s", at("out")).size(), 1u) << name;
        EXPECT_EQ(diff("s", at("out"))[0].detail, "extended attributes");
        restore("s", "out");
        EXPECT_EQ(xattrs_of(dir_ / "out" / name), xattrs_of(source_ / name)) << name;
    }
}

TEST_F(KeptMetadata, LabelsOfTheMachineAreToldOnceAndTakeNothingFromTheResult) {
    if (!trusted_) GTEST_SKIP() << "needs root";
    for (const char* name : {"a", "b", "c"}) {
        write_file(source_ / name, name);
        if (!set(source_ / name, "security.selinux", "label"))
            GTEST_SKIP() << "this kernel has SELinux";
    }
    const SnapshotReport report = snapshot({.name = "s"});
    EXPECT_EQ(report.left_out, 0u);
    ASSERT_EQ(notes_.notes.size(), 1u);
    EXPECT_EQ(notes_.notes[0].first, Severity::info);
    EXPECT_TRUE(
        notes_.notes[0].second.cause.starts_with("security.selinux belongs to this machine"));
    EXPECT_EQ(diff("s", source_.string()).size(), 0u);
    EXPECT_EQ(notes_.notes.size(), 2u) << "and once by diff";
}

TEST_F(KeptMetadata, AnAttributeThatMayNotBeReadIsMissingAndTold) {
    write_file(source_ / "f", "x");
    if (!set(source_ / "f", "user.a", "1")) GTEST_SKIP() << "no attributes here";
    // The root folder is listed first; then the file is, and read.
    const ScopedFaultPlan plan({{.call = Call::getxattr, .nth = 3, .err = EACCES}});
    const SnapshotReport report = snapshot({.name = "s"});
    EXPECT_EQ(report.left_out, 1u);
    ASSERT_EQ(notes_.notes.size(), 1u);
    EXPECT_EQ(notes_.notes[0].second.message(), "keep attribute of 'f': user.a: Permission denied");
}

TEST_F(KeptMetadata, SocketsAreToldOnce) {
    for (const char* name : {"a", "b"}) {
        if (::mknod((source_ / name).c_str(), S_IFSOCK | 0600, 0) != 0)
            GTEST_SKIP() << "cannot make sockets";
    }
    EXPECT_EQ(snapshot().skipped, 2u);
    EXPECT_EQ(notes_.notes.size(), 1u);
}

// What a user may not set is missing in what he restores: told by kind, and never called right.
TEST_F(KeptMetadata, AUserIsToldWhatHeCannotSet) {
    if (!trusted_) GTEST_SKIP() << "needs root";
    for (const char* name : {"a", "b"}) {
        write_file(source_ / name, name);
        ASSERT_TRUE(set(source_ / name, "security.x", "1"));
        ASSERT_TRUE(set(source_ / name, "trusted.x", "1"));
    }
    snapshot({.name = "s"});
    const std::string store = at("store");
    EXPECT_EQ(as_user([&] {
                  auto theirs = Store::open(store, {.access = Access::read_only});
                  ASSERT_TRUE(theirs) << theirs.error().message();
                  NoteKeeper notes;
                  const auto made = theirs->restore("s", at("theirs"), {}, notes);
                  ASSERT_TRUE(made) << made.error().message();
                  EXPECT_EQ(made->warnings, 4u);
                  EXPECT_EQ(notes.notes.size(), 2u) << "two kinds";
                  // trusted.* is not shown to him: no difference, and told.
                  NoteKeeper more;
                  std::vector<std::string> details;
                  const auto report = theirs->diff(
                      "s", at("theirs"), {},
                      [&](const DiffEntry& entry) { details.push_back(entry.detail); }, more);
                  ASSERT_TRUE(report);
                  EXPECT_EQ(details, std::vector<std::string>(2, "extended attributes"))
                      << "security.x is shown, and is not there";
                  ASSERT_EQ(more.notes.size(), 1u);
                  EXPECT_EQ(more.notes[0].second.cause, "this user is not shown trusted.*");
              }),
              0);
}

TEST_F(KeptMetadata, AUsersAccessListsComeBack) {
    if (!acls_) GTEST_SKIP() << "no ACLs here";
    as_other([&](Store& store) {
        const stdfs::path from = dir_ / "mine";
        write_file(from / "f", "x");
        write_file(from / "d" / "g", "x");
        ASSERT_TRUE(set(from / "f", "system.posix_acl_access", kList));
        ASSERT_TRUE(set(from / "d", "system.posix_acl_default", kList));
        EXPECT_EQ(mode_of(from / "f"), 0660u) << "the mask";
        NoteKeeper notes;
        ASSERT_TRUE(store.snapshot(from.string(), {.name = "s"}, notes));
        const auto made = store.restore("s", at("out"), {}, notes);
        ASSERT_TRUE(made) << made.error().message();
        EXPECT_EQ(made->warnings, 0u);
        for (const char* name : {"f", "d", "d/g"}) {
            EXPECT_EQ(xattrs_of(dir_ / "out" / name), xattrs_of(from / name)) << name;
            EXPECT_EQ(mode_of(dir_ / "out" / name), mode_of(from / name)) << name;
        }
        // In place: files that come into a folder with a default list inherit nothing of it.
        stdfs::remove(dir_ / "out" / "d" / "g");
        ::chmod((dir_ / "out" / "f").c_str(), 0600);
        ASSERT_TRUE(store.restore("s", at("out"), {}, notes));
        for (const char* name : {"f", "d", "d/g"}) {
            EXPECT_EQ(xattrs_of(dir_ / "out" / name), xattrs_of(from / name)) << name;
            EXPECT_EQ(mode_of(dir_ / "out" / name), mode_of(from / name)) << name;
        }
    });
}

// group::--- under a mask of rw- came back as rw- where the list was lost.
TEST_F(KeptMetadata, WithoutItsListAFileDoesNotGiveTheMaskToTheGroup) {
    if (!acls_) GTEST_SKIP() << "no ACLs here";
    write_file(source_ / "f", "x");
    ASSERT_TRUE(set(source_ / "f", "system.posix_acl_access", kList));
    snapshot({.name = "s"});
    {
        const ScopedFaultPlan plan(
            {{.call = Call::setxattr, .repeat = Fault::Repeat::for_ever, .err = EOPNOTSUPP}});
        EXPECT_EQ(restore("s", "out").warnings, 1u);
    }
    EXPECT_EQ(mode_of(dir_ / "out" / "f"), 0600u);
    // It is not remembered as right: the next restore gives it its list.
    EXPECT_EQ(diff("s", at("out")).size(), 1u);
    EXPECT_EQ(restore("s", "out").warnings, 0u);
    EXPECT_EQ(xattrs_of(dir_ / "out" / "f"), xattrs_of(source_ / "f"));
    EXPECT_EQ(mode_of(dir_ / "out" / "f"), 0660u);
}

TEST_F(KeptMetadata, AnEmptyDestinationsDefaultListMarksNothing) {
    if (!acls_) GTEST_SKIP() << "no ACLs here";
    write_file(source_ / "d" / "f", "x");
    snapshot({.name = "s"});
    stdfs::create_directory(dir_ / "out");
    ASSERT_TRUE(set(dir_ / "out", "system.posix_acl_default", kList));
    restore("s", "out");
    EXPECT_EQ(xattrs_of(dir_ / "out").size(), 0u);
    EXPECT_EQ(xattrs_of(dir_ / "out" / "d").size(), 0u);
    EXPECT_EQ(xattrs_of(dir_ / "out" / "d" / "f").size(), 0u);
}

TEST_F(KeptMetadata, SetuidOfAnotherUsersFileIsLeftAwayInEveryRestore) {
    if (!root()) GTEST_SKIP() << "needs root to make such a file";
    write_file(source_ / "theirs", "x");
    ASSERT_EQ(::chmod((source_ / "theirs").c_str(), 06755), 0);
    write_file(source_ / "mine", "x");
    ASSERT_EQ(::lchown((source_ / "mine").c_str(), 65534, 65534), 0);
    ASSERT_EQ(::chmod((source_ / "mine").c_str(), 06755), 0);
    snapshot({.name = "s"});
    const std::string store = at("store");
    EXPECT_EQ(as_user([&] {
                  auto theirs = Store::open(store, {.access = Access::read_only});
                  ASSERT_TRUE(theirs) << theirs.error().message();
                  NoteKeeper notes;
                  const auto check = [&](const RestoreOptions& options) {
                      const auto made = theirs->restore("s", at("theirs"), options, notes);
                      ASSERT_TRUE(made) << made.error().message();
                      EXPECT_EQ(made->warnings, 2u);
                      EXPECT_EQ(mode_of(dir_ / "theirs" / "theirs"), 0755u);
                      EXPECT_EQ(mode_of(dir_ / "theirs" / "mine"), 06755u) << "his own stays";
                  };
                  check({});
                  check({.force = true});
                  check({.force = true, .remove_extra = true});
                  check({.force = true, .remove_extra = true, .atomic = true});
              }),
              0);
}

}  // namespace
}  // namespace holt::test
