// Proves: mode, owner, times and attributes come back as they were, for files, folders, symlinks
// and FIFOs, as root and as an ordinary user; what a file system refuses is a warning, not silence.
#include "fs/metadata/metadata.h"

#include <sys/xattr.h>

#include "fs/fault.h"
#include "fs_test.h"

namespace holt::fs {
namespace {

using Repeat = Fault::Repeat;

class MetadataTest : public ::testing::Test {
  protected:
    MetadataTest() : dir_(open_dir(temp_.path())) {
        ::chmod(temp_.path().c_str(), 0777);
        write_text(temp_ / "f", "x");
        xattrs_work_ = ::setxattr((temp_ / "f").c_str(), "user.probe", "", 0, 0) == 0 &&
                       ::removexattr((temp_ / "f").c_str(), "user.probe") == 0;
    }
    UniqueFd file() { return UniqueFd(::open((temp_ / "f").c_str(), O_RDWR | O_CLOEXEC)); }
    test::TempDir temp_;
    UniqueFd dir_;
    bool xattrs_work_ = false;
};

TEST_F(MetadataTest, AllOfAFileComesBack) {
    if (!xattrs_work_) GTEST_SKIP() << "no extended attributes here";
    Metadata wanted{.mode = 06751,
                    .uid = ::geteuid(),
                    .gid = ::getegid(),
                    .mtime = time_of_ns(-1),
                    .xattrs = {{"user.a", std::string("b\0c", 3)},
                               {"user.empty", ""},
                               {"user.large", std::string(3000, 'v')}}};
    if (root()) wanted.uid = 1234, wanted.gid = 4321;
    const auto fd = file();
    const auto warnings = apply_metadata(fd.get(), wanted, {}, "f");
    ASSERT_TRUE(warnings) << warnings.error().message();
    EXPECT_TRUE(warnings->empty());
    const auto st = lstat_of(temp_ / "f");
    EXPECT_EQ(st.st_mode & 07777, 06751u) << "setuid survives the change of owner";
    EXPECT_EQ(st.st_uid, wanted.uid);
    EXPECT_EQ(st.st_gid, wanted.gid);
    EXPECT_EQ(st.st_mtim.tv_sec, -1);
    EXPECT_EQ(st.st_mtim.tv_nsec, 999'999'999);
    EXPECT_EQ(*read_xattrs(fd.get(), "f"), wanted.xattrs);
    EXPECT_EQ(*read_xattrs_at(dir_.get(), "f", "f"), wanted.xattrs);
}

TEST_F(MetadataTest, AnOwnerThatIsRightAlreadyCostsNoCall) {
    const Owner mine{::geteuid(), ::getegid()};
    const Metadata same{.mode = 0644, .uid = mine.uid, .gid = mine.gid};
    const ScopedFaultPlan plan;
    ASSERT_TRUE(apply_metadata(file().get(), same, {.current_owner = &mine}, "f"));
    EXPECT_EQ(plan.calls(Call::chown), 0u);
    EXPECT_EQ(plan.calls(), 2u) << "chmod and times only";
}

TEST_F(MetadataTest, AUserKeepsHisOwnFilesAndIsNotTold) {
    const int end = as_user([&] {
        write_text(temp_ / "mine", "x");
        const UniqueFd fd(::open((temp_ / "mine").c_str(), O_RDWR));
        const auto warnings = apply_metadata(
            fd.get(), {.mode = 0400, .uid = 1, .gid = 2, .mtime = time_of_ns(5)}, {}, "mine");
        ASSERT_TRUE(warnings);
        EXPECT_TRUE(warnings->empty());
        const auto st = lstat_of(temp_ / "mine");
        EXPECT_EQ(st.st_uid, ::geteuid());
        EXPECT_EQ(st.st_mode & 07777, 0400u);
        EXPECT_EQ(st.st_mtim.tv_nsec, 5);
    });
    EXPECT_EQ(end, 0);
}

TEST_F(MetadataTest, ReadOnlyFilesGetTheirAttributesToo) {
    if (!xattrs_work_) GTEST_SKIP() << "no extended attributes here";
    const int end = as_user([&] {
        const UniqueFd fd(::open((temp_ / "new").c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600));
        const Metadata metadata{.mode = 0, .xattrs = {{"user.a", "1"}}};
        const auto warnings = apply_metadata(fd.get(), metadata, {}, "new");
        ASSERT_TRUE(warnings);
        EXPECT_TRUE(warnings->empty());
        EXPECT_EQ(lstat_of(temp_ / "new").st_mode & 07777, 0u);
    });
    EXPECT_EQ(end, 0);
    const UniqueFd fd(::open((temp_ / "new").c_str(), O_RDONLY));
    if (fd) {
        EXPECT_EQ(read_xattrs(fd.get(), "new")->size(), 1u);
    }
}

TEST_F(MetadataTest, ASymlinkIsNeverFollowed) {
    ASSERT_EQ(::chmod((temp_ / "f").c_str(), 0640), 0);
    const auto before = lstat_of(temp_ / "f");
    std::filesystem::create_symlink("f", temp_ / "link");
    Metadata wanted{.mode = 0777, .uid = ::geteuid(), .gid = ::getegid(), .mtime = {7, 1}};
    if (root()) wanted.uid = 99, wanted.gid = 98;
    const ScopedFaultPlan plan;
    ASSERT_TRUE(apply_symlink_metadata(dir_.get(), "link", wanted, {}, "link"));
    EXPECT_EQ(plan.calls(Call::chmod), 0u);
    const auto link = lstat_of(temp_ / "link"), after = lstat_of(temp_ / "f");
    EXPECT_EQ(link.st_mtim.tv_sec, 7);
    EXPECT_EQ(link.st_mtim.tv_nsec, 1);
    EXPECT_EQ(link.st_uid, wanted.uid);
    EXPECT_EQ(after.st_mode, before.st_mode);
    EXPECT_EQ(after.st_uid, before.st_uid);
    EXPECT_EQ(after.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
}

TEST_F(MetadataTest, AFifoIsNotOpened) {
    ASSERT_EQ(::mkfifo((temp_ / "p").c_str(), 0600), 0);
    const Metadata wanted{.mode = 0622, .uid = ::geteuid(), .gid = ::getegid(), .mtime = {3, 0}};
    const auto warnings = apply_special_metadata(dir_.get(), "p", wanted, {}, "p");
    ASSERT_TRUE(warnings) << warnings.error().message();
    EXPECT_EQ(lstat_of(temp_ / "p").st_mode & 07777, 0622u);
    EXPECT_EQ(lstat_of(temp_ / "p").st_mtim.tv_sec, 3);
    EXPECT_TRUE(read_xattrs_at(dir_.get(), "p", "p"));
    std::filesystem::create_symlink("f", temp_ / "link");
    const auto mode = lstat_of(temp_ / "f").st_mode;
    EXPECT_FALSE(apply_special_metadata(dir_.get(), "link", wanted, {}, "link"));
    EXPECT_EQ(lstat_of(temp_ / "f").st_mode, mode) << "chmod of a symlink changes nothing";
}

TEST_F(MetadataTest, WhatBecomesOfAnAttributeDependsOnItsName) {
    for (const char* name :
         {"user.x", "trusted.x", "trusted.overlay.opaque", "security.capability", "security.x",
          "system.posix_acl_access", "system.posix_acl_default", "btrfs.compression"})
        EXPECT_EQ(fate_of_xattr(name), XattrFate::kept) << name;
    for (const char* name :
         {"user.", "trusted.", "security.selinux", "security.ima", "security.evm",
          "security.SMACK64EXEC", "system.nfs4_acl", "lustre.lov", "x", ""})
        EXPECT_EQ(fate_of_xattr(name), XattrFate::foreign) << name;
    // The form in which an xfs keeps ACLs, which it shows to root besides.
    EXPECT_EQ(fate_of_xattr("trusted.SGI_ACL_FILE"), XattrFate::implied);
}

TEST_F(MetadataTest, WhatIsNotKeptIsGivenByName) {
    const auto fd = file();
    if (!root() || ::fsetxattr(fd.get(), "security.selinux", "label", 5, 0) != 0 ||
        ::fsetxattr(fd.get(), "trusted.x", "1", 1, 0) != 0)
        GTEST_SKIP() << "needs root, and a kernel without SELinux";
    XattrLosses lost;
    EXPECT_EQ(*read_xattrs(fd.get(), "f", &lost), (Xattrs{{"trusted.x", "1"}}));
    ASSERT_EQ(lost.size(), 1u);
    EXPECT_EQ(lost[0].name, "security.selinux");
    EXPECT_EQ(lost[0].err, 0);
    EXPECT_TRUE(sees_trusted());
    EXPECT_EQ(as_user([&] { EXPECT_FALSE(sees_trusted()); }), 0);
    // One that is listed and may not be read is no reason to lose the file.
    const ScopedFaultPlan plan({{.call = Call::getxattr, .nth = 2, .err = EACCES}});
    lost.clear();
    EXPECT_TRUE(read_xattrs(fd.get(), "f", &lost)->empty());
    EXPECT_EQ(lost.size(), 2u);
}

// A version 2 capability: magic, then permitted and inheritable as two words each.
std::string net_raw_capability() {
    const std::uint32_t words[5] = {0x02000001, 1u << 13, 0, 0, 0};
    return {reinterpret_cast<const char*>(words), sizeof words};
}

TEST_F(MetadataTest, CapabilitiesSurviveTheChangeOfOwnerAsRoot) {
    if (!root()) GTEST_SKIP() << "capabilities need root";
    const Metadata wanted{.mode = 0755,
                          .uid = 5,
                          .gid = 6,
                          .xattrs = {{"security.capability", net_raw_capability()}}};
    const auto fd = file();
    const auto warnings = apply_metadata(fd.get(), wanted, {}, "f");
    ASSERT_TRUE(warnings) << warnings.error().message();
    if (!warnings->empty()) GTEST_SKIP() << warnings->front().message();
    EXPECT_EQ(*read_xattrs(fd.get(), "f"), wanted.xattrs);
}

// version 2; user::rwx, user:7:r--, group::r-x, mask::rwx, other::---
std::string sample_acl() {
    struct Entry {
        std::uint16_t tag, perm;
        std::uint32_t id;
    };
    const Entry entries[] = {{1, 7, ~0u}, {2, 4, 7}, {4, 5, ~0u}, {0x10, 7, ~0u}, {0x20, 0, ~0u}};
    const std::uint32_t version = 2;
    return std::string(reinterpret_cast<const char*>(&version), 4) +
           std::string(reinterpret_cast<const char*>(entries), sizeof entries);
}

// An owner may read and set lists, root or not.
TEST_F(MetadataTest, AccessControlListsAndModeAgree) {
    const auto check = [&] {
        const std::string name = temp_ / (root() ? "r" : "u");
        write_text(name, "x");
        ASSERT_EQ(::setxattr(name.c_str(), "system.posix_acl_access", sample_acl().data(),
                             sample_acl().size(), 0),
                  0);
        const UniqueFd source(::open(name.c_str(), O_RDONLY));
        const auto xattrs = read_xattrs(source.get(), "f");
        const auto mode = static_cast<std::uint16_t>(lstat_of(name).st_mode & 07777);
        EXPECT_EQ(mode, 0770) << "the group bits are the mask";
        const std::string copied = name + "2";
        const UniqueFd copy(::open(copied.c_str(), O_WRONLY | O_CREAT, 0600));
        const auto warnings =
            apply_metadata(copy.get(), {.mode = mode, .xattrs = *xattrs}, {}, "g");
        ASSERT_TRUE(warnings);
        EXPECT_TRUE(warnings->empty());
        EXPECT_EQ(xattrs->size(), 1u);
        EXPECT_EQ(*read_xattrs(UniqueFd(::open(copied.c_str(), O_RDONLY)).get(), "g"), *xattrs);
        EXPECT_EQ(lstat_of(copied).st_mode & 07777, 0770u);
    };
    if (::setxattr((temp_ / "f").c_str(), "system.posix_acl_access", sample_acl().data(),
                   sample_acl().size(), 0) != 0)
        GTEST_SKIP() << "no ACLs here";
    check();
    EXPECT_EQ(as_user(check), 0);
}

// sample_acl() has user::rwx, user:7:r--, group::r-x, mask::rwx, other::---.
TEST_F(MetadataTest, WithoutItsListAFileGivesNobodyMore) {
    const auto fd = file();
    const ScopedFaultPlan plan(
        {{.call = Call::setxattr, .repeat = Repeat::for_ever, .err = EOPNOTSUPP}});
    const Metadata wanted{.mode = 0770,
                          .uid = ::geteuid(),
                          .gid = ::getegid(),
                          .xattrs = {{"system.posix_acl_access", sample_acl()}}};
    const auto warnings = apply_metadata(fd.get(), wanted, {}, "f");
    ASSERT_TRUE(warnings);
    EXPECT_EQ(warnings->size(), 1u);
    EXPECT_EQ(lstat_of(temp_ / "f").st_mode & 07777, 0740u);
    ASSERT_EQ(::mkfifo((temp_ / "p").c_str(), 0600), 0);
    ASSERT_TRUE(apply_special_metadata(dir_.get(), "p", wanted, {}, "p"));
    EXPECT_EQ(lstat_of(temp_ / "p").st_mode & 07777, 0740u);
}

// A setuid file that cannot be given its owner would lend its new owner's rights to everybody.
TEST_F(MetadataTest, SetuidIsLeftAwayWithoutTheOwnerAndTold) {
    const auto check = [&](std::uint32_t uid, std::uint32_t gid, std::uint16_t mode,
                           std::uint16_t left, std::size_t told, bool is_folder = false) {
        const std::string name = temp_ / "mine";
        std::filesystem::remove(name);
        if (is_folder) {
            ASSERT_EQ(::mkdir(name.c_str(), 0700), 0);
        } else {
            write_text(name, "x");
        }
        const UniqueFd fd(::open(name.c_str(), O_RDONLY));
        const auto warnings =
            apply_metadata(fd.get(), {.mode = mode, .uid = uid, .gid = gid}, {}, "mine");
        ASSERT_TRUE(warnings) << warnings.error().message();
        EXPECT_EQ(warnings->size(), told) << std::oct << mode;
        EXPECT_EQ(lstat_of(name).st_mode & 07777, left);
        std::filesystem::remove(name);
    };
    const int end = as_user([&] {
        const std::uint32_t me = ::geteuid(), mine = ::getegid();
        check(me, mine, 06755, 06755, 0);
        check(0, mine, 06755, 02755, 1);
        check(me, 0, 06755, 04755, 1);
        check(0, 0, 06755, 0755, 2);
        check(0, 0, 0755, 0755, 0);
        check(0, 0, 01755, 01755, 0);
        check(me, 0, 02755, 02755, 0, true);  // a folder lends nothing
    });
    EXPECT_EQ(end, 0);
    if (!root()) return;
    // Root's chown may fail, too: a user namespace, a file system with one owner for all.
    const ScopedFaultPlan plan({{.call = Call::chown, .repeat = Repeat::for_ever, .err = EPERM}});
    check(1, 0, 06755, 02755, 2);
    check(0, 0, 06755, 06755, 1);
}

// Whoever is in the group may give his own files to it.
TEST_F(MetadataTest, SetgidStaysWhereTheGroupIsOneOfTheCallers) {
    if (!root()) GTEST_SKIP() << "needs root to join groups";
    const int end = in_child([&] {
        const gid_t groups[] = {4242};
        ASSERT_EQ(::setgroups(1, groups), 0);
        ASSERT_EQ(::setgid(65534), 0);
        ASSERT_EQ(::setuid(65534), 0);
        write_text(temp_ / "mine", "x");
        const UniqueFd fd(::open((temp_ / "mine").c_str(), O_RDONLY));
        const auto warnings =
            apply_metadata(fd.get(), {.mode = 02755, .uid = 65534, .gid = 4242}, {}, "mine");
        ASSERT_TRUE(warnings);
        EXPECT_TRUE(warnings->empty());
        EXPECT_EQ(lstat_of(temp_ / "mine").st_mode & 07777, 02755u);
        EXPECT_EQ(lstat_of(temp_ / "mine").st_gid, 4242u);
    });
    EXPECT_EQ(end, 0);
}

TEST_F(MetadataTest, ExactRemovesWhatTheTreeDoesNotHave) {
    if (!xattrs_work_) GTEST_SKIP() << "no extended attributes here";
    const auto fd = file();
    ASSERT_EQ(::fsetxattr(fd.get(), "user.old", "1", 1, 0), 0);
    const Metadata wanted{
        .mode = 0600, .uid = ::geteuid(), .gid = ::getegid(), .xattrs = {{"user.new", "2"}}};
    ASSERT_TRUE(apply_metadata(fd.get(), wanted, {}, "f"));
    EXPECT_EQ(read_xattrs(fd.get(), "f")->size(), 2u);
    ASSERT_TRUE(apply_metadata(fd.get(), wanted, {.exact_xattrs = true}, "f"));
    EXPECT_EQ(*read_xattrs(fd.get(), "f"), wanted.xattrs);
}

TEST_F(MetadataTest, AFileSystemWithoutAttributesHasNoneAndWarnsOnWriting) {
    const auto fd = file();
    const ScopedFaultPlan plan(
        {{.call = Call::getxattr, .repeat = Repeat::for_ever, .err = EOPNOTSUPP},
         {.call = Call::setxattr, .repeat = Repeat::for_ever, .err = EOPNOTSUPP}});
    EXPECT_TRUE(read_xattrs(fd.get(), "f")->empty());
    const Metadata wanted{.mode = 0604,
                          .uid = ::geteuid(),
                          .gid = ::getegid(),
                          .mtime = time_of_ns(9),
                          .xattrs = {{"user.a", "1"}}};
    const auto warnings = apply_metadata(fd.get(), wanted, {}, "dir/f");
    ASSERT_TRUE(warnings);
    ASSERT_EQ(warnings->size(), 1u);
    EXPECT_EQ(warnings->front().kind, ErrorKind::partial);
    EXPECT_EQ(warnings->front().message(),
              "set extended attribute of 'dir/f': user.a: Operation not supported");
    EXPECT_EQ(lstat_of(temp_ / "f").st_mode & 07777, 0604u) << "the rest is set";
}

TEST_F(MetadataTest, EveryStepThatFailsIsTold) {
    const auto fd = file();
    const Metadata wanted{.mode = 0600, .uid = 1, .gid = 1, .xattrs = {{"user.a", "1"}}};
    for (const Call call : {Call::chown, Call::setxattr, Call::chmod, Call::utimens}) {
        if (call == Call::chown && !root()) continue;
        const ScopedFaultPlan plan({{.call = call, .err = EIO}});
        const auto result = apply_metadata(fd.get(), wanted, {}, "a/f");
        ASSERT_FALSE(result) << name(call);
        EXPECT_EQ(result.error().sys_errno, EIO);
        EXPECT_EQ(result.error().object, "a/f");
    }
}

}  // namespace
}  // namespace holt::fs
