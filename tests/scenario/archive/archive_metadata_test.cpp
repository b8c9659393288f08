// Proves: access lists, attributes and hard links of every kind go through tars as GNU tar and
// bsdtar write and read them; what an archive has and a snapshot does not keep is told; and nobody
// gets rights by what is lost.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <holt/archive.hpp>

#include <cstdlib>
#include <map>

#include "fs/metadata/posix_acl.h"
#include "support/child.h"
#include "support/store_fixture.h"
#include "support/tar_maker.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;
using holt::fs::AclEntry;
using Tag = AclEntry::Tag;

// user::rw-, user:65534:rw-, user:1234:---, group::---, group:1:r--, mask::rw-, other::r--
const holt::fs::Acl kList{{Tag::owner, 6},        {Tag::user, 0, 1234}, {Tag::user, 6, 65534},
                          {Tag::owning_group, 0}, {Tag::group, 4, 1},   {Tag::mask, 6},
                          {Tag::other, 4}};
const std::string kText =
    "user::rw-\nuser:1234:---\nuser:65534:rw-\ngroup::---\ngroup:1:r--\nmask::rw-\nother::r--\n";

class ArchiveMetadata : public StoreTest {
  protected:
    std::string at(const std::string& name) { return (dir_ / name).string(); }
    Result<ImportReport> import(const std::string& file, ImportOptions options = {}) {
        return store_.import_from({.path = at(file)}, options, notes_);
    }
    Result<ImportReport> import_tar(const std::string& tar, ImportOptions options = {}) {
        write_file(dir_ / "made.tar", tar + tar_end());
        return import("made.tar", std::move(options));
    }
    EntryInfo entry(const std::string& path) {
        EntryInfo found;
        const Status status = store_.ls("latest", path, {}, [&](const EntryInfo& e) { found = e; });
        EXPECT_TRUE(status) << status.error().message();
        return found;
    }
    int shell(const std::string& command) {
        return std::system(("cd '" + dir_.path().string() + "' && exec 2>&1; " + command).c_str());
    }
    std::vector<std::string> differences(const std::string& snap, const stdfs::path& folder) {
        std::vector<std::string> found;
        const auto report = store_.diff(
            snap, folder.string(), {},
            [&](const DiffEntry& e) { found.push_back(e.path + ": " + e.detail); }, notes_);
        EXPECT_TRUE(report) << report.error().message();
        return found;
    }
    // Everything that has an access list, a default list, an attribute or several names.
    bool make_source() {
        write_file(source_ / "f", "x");
        stdfs::create_directory(source_ / "d");
        stdfs::create_symlink("f", source_ / "l");
        if (::mkfifo((source_ / "p").c_str(), 0644) != 0) return false;
        for (const char* name : {"f", "l", "p"}) {
            const int linked = ::linkat(AT_FDCWD, (source_ / name).c_str(), AT_FDCWD,
                                        (source_ / "d" / name).c_str(), 0);
            if (linked != 0) return false;
        }
        const std::string list = holt::fs::encode_acl(kList);
        const auto set = [&](const char* name, const char* attribute, const std::string& value) {
            return ::setxattr((source_ / name).c_str(), attribute, value.data(), value.size(), 0) ==
                   0;
        };
        // No fraction of a second: bsdtar does not write that of symlinks.
        const struct timespec times[2] = {{1'000'000'000, 0}, {1'000'000'000, 0}};
        const bool made = set("f", "system.posix_acl_access", list) &&
                          set("p", "system.posix_acl_access", list) &&
                          set("d", "system.posix_acl_access", list) &&
                          set("d", "system.posix_acl_default", list) && set("f", "user.a", "1");
        for (const char* name : {"f", "l", "p", "d", "."})
            ::utimensat(AT_FDCWD, (source_ / name).c_str(), times, AT_SYMLINK_NOFOLLOW);
        return made;
    }
};

TEST_F(ArchiveMetadata, TarAndBsdtarReadWhatIsWritten) {
    if (!root() || !make_source()) GTEST_SKIP() << "needs root, and ACLs";
    snapshot({.name = "s"});
    ASSERT_TRUE(store_.export_to({"s"}, {.path = at("x.tar")}, {}, notes_));
    // bsdtar leaves the time of "." as it is.
    for (const char* command :
         {"mkdir gnu && tar -C gnu --acls --xattrs -xpf x.tar",
          "mkdir bsd && bsdtar -C bsd -xpf x.tar && touch -d @1000000000 bsd"}) {
        if (shell(command) != 0) GTEST_SKIP() << command;
    }
    EXPECT_EQ(differences("s", dir_ / "gnu"), std::vector<std::string>{});
    EXPECT_EQ(differences("s", dir_ / "bsd"), std::vector<std::string>{});
    // And here: the same snapshot.
    const auto again = import("x.tar", {.special_files = true, .all_xattrs = true});
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_EQ(again->warnings, 0u);
    EXPECT_EQ(again->snapshots[0].root, store_.find("s")->root);
    EXPECT_EQ(notes_.notes.size(), 0u);
}

TEST_F(ArchiveMetadata, WhatTarAndBsdtarWriteIsRead) {
    if (!root() || !make_source()) GTEST_SKIP() << "needs root, and ACLs";
    stdfs::remove(source_ / "d" / "p");  // GNU tar writes a further name of a FIFO as another FIFO
    const struct timespec times[2] = {{1'000'000'000, 0}, {1'000'000'000, 0}};
    ::utimensat(AT_FDCWD, (source_ / "d").c_str(), times, 0);
    snapshot({.name = "s"});
    for (const char* make :
         {"tar -C source --acls --xattrs -cf x.tar .",
          "tar -C source --acls --xattrs --xattrs-include='*' --numeric-owner -cf x.tar .",
          "bsdtar -C source -cf x.tar ."}) {
        SCOPED_TRACE(make);
        if (shell(make) != 0) GTEST_SKIP() << make;
        const auto got = import("x.tar", {.special_files = true, .all_xattrs = true});
        ASSERT_TRUE(got) << got.error().message();
        EXPECT_EQ(got->warnings, 0u);
        EXPECT_EQ(got->snapshots[0].files, 2u);
        std::vector<std::string> found = differences("latest", source_);
        EXPECT_EQ(found, std::vector<std::string>{});
        // Without the flag: nobody may do more than the list allowed.
        ASSERT_TRUE(import("x.tar", {.special_files = true}));
        EXPECT_EQ(entry("f").mode, 0600u) << "1234 may be anybody";
        EXPECT_EQ(entry("f").xattrs.size(), 1u);
    }
}

TEST_F(ArchiveMetadata, ListsAsTextAndAsAttributesOfStarAndLibarchive) {
    const std::string list = holt::fs::encode_acl(kList);
    const auto file = [](const std::string& records, const char* mode = "0000664") {
        return pax(records) + tar_entry({.name = "f", .mode = mode}, "x");
    };
    const ImportOptions all{.all_xattrs = true};
    for (const std::string& tar :
         {file(pax_record("SCHILY.acl.access", kText)),
          file(pax_record("SCHILY.xattr.system.posix_acl_access", list)),
          file(pax_record("SCHILY.xattr.system.posix_acl_access", list) +
               pax_record("SCHILY.acl.access", "user::rwx,group::rwx,other::rwx")),
          // As bsdtar writes the mode: with the owning group's rights.
          file(pax_record("SCHILY.acl.access", kText), "0000604")}) {
        ASSERT_TRUE(import_tar(tar, all));
        ASSERT_EQ(entry("f").xattrs.size(), 1u);
        EXPECT_EQ(entry("f").xattrs[0].second, list);
        EXPECT_EQ(entry("f").mode, 0664u) << "the mask";
        ASSERT_TRUE(import_tar(tar));
        EXPECT_EQ(entry("f").xattrs.size(), 0u);
        EXPECT_EQ(entry("f").mode, 0600u);
    }
    // One that says no more than a mode is none.
    ASSERT_TRUE(
        import_tar(file(pax_record("SCHILY.acl.access", "user::rw-,group::r-x,other::---")), all));
    EXPECT_EQ(entry("f").xattrs.size(), 0u);
    EXPECT_EQ(entry("f").mode, 0650u);
    for (const std::string& bad :
         {pax_record("SCHILY.acl.access", "user::rw-"),
          pax_record("SCHILY.acl.default", "user::rw-,nonsense,other::r--"),
          pax_record("SCHILY.xattr.system.posix_acl_access", "none")}) {
        const auto refused = import_tar(file(bad), all);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().kind, ErrorKind::unsafe_input);
    }
}

TEST_F(ArchiveMetadata, AListWithUnknownNamesIsToldAndGivesNobodyMore) {
    const std::string tar =
        pax(pax_record("SCHILY.acl.access",
                       "user::rw-,user:no-such-user-here:r--,group::rw-,mask::rw-,other::rw-")) +
        tar_entry({.name = "f", .mode = "0000666"}, "x");
    const auto report = import_tar(tar, {.all_xattrs = true});
    ASSERT_TRUE(report);
    EXPECT_EQ(report->warnings, 1u);
    EXPECT_EQ(entry("f").mode, 0644u);
    ASSERT_EQ(notes_.notes.size(), 1u);
    EXPECT_EQ(
        notes_.notes[0].second.cause,
        "its access control list names 'no-such-user-here', which this machine does not know");
}

TEST_F(ArchiveMetadata, AttributesInLibarchivesForm) {
    const auto file = [](const std::string& records) {
        return pax(records) + tar_entry({.name = "f"}, "x");
    };
    ASSERT_TRUE(import_tar(file(pax_record("LIBARCHIVE.xattr.user.a%3Db", "AAEC/w") +
                                pax_record("LIBARCHIVE.xattr.user.%C3%A9", "eA==") +
                                pax_record("LIBARCHIVE.xattr.user.both", "b25l") +
                                pax_record("SCHILY.xattr.user.both", "other"))));
    const auto xattrs = entry("f").xattrs;
    ASSERT_EQ(xattrs.size(), 3u);
    EXPECT_EQ(xattrs[0], std::pair(std::string("user.a=b"), std::string("\0\1\2\xff", 4)));
    EXPECT_EQ(xattrs[1], std::pair(std::string("user.both"), std::string("other")));
    EXPECT_EQ(xattrs[2], std::pair(std::string("user.\xc3\xa9"), std::string("x")));
    for (const char* bad : {"A", "AAEC/w*", "AA EC"})
        EXPECT_FALSE(import_tar(file(pax_record("LIBARCHIVE.xattr.user.a", bad)))) << bad;
}

TEST_F(ArchiveMetadata, WhatASnapshotHasNoPlaceForIsToldByKind) {
    const std::string records = pax_record("RHT.security.selinux", "u:r:t:s0") +
                                pax_record("SCHILY.fflags", "nodump") +
                                pax_record("SCHILY.acl.ace", "owner@:rwx::allow");
    std::string tar;
    for (const char* name : {"a", "b", "c"}) tar += pax(records) + tar_entry({.name = name}, name);
    const auto report = import_tar(tar, {.all_xattrs = true});
    ASSERT_TRUE(report);
    EXPECT_EQ(report->warnings, 6u) << "asked for, and not kept";
    ASSERT_EQ(notes_.notes.size(), 3u) << "one for each kind";
    EXPECT_EQ(notes_.count(Severity::info), 1u) << "the label is the other machine's";
    EXPECT_EQ(entry("a").xattrs.size(), 0u);
}

TEST_F(ArchiveMetadata, TheOwnerThatChownReadsAsLeaveItIsRefused) {
    const std::string most = "4294967295", largest = "4294967294";
    for (const std::string& bad :
         {tar_entry({.name = "f", .uid = binary(4294967295, 8)}),
          tar_entry({.name = "f", .gid = binary(4294967295, 8)}),
          pax(pax_record("uid", most)) + tar_entry({.name = "f"}),
          pax(pax_record("gid", most)) + folder("d"),
          pax(pax_record("uid", most)) + symlink("l", "x"),
          pax(pax_record("gid", most), 'g') + tar_entry({.name = "f"}),
          pax(pax_record("SCHILY.acl.access",
                         "user::rw-,user:4294967295:rwx,group::---,mask::rwx,other::---")) +
              tar_entry({.name = "f"})}) {
        const auto refused = import_tar(bad, {.all_xattrs = true});
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().kind, ErrorKind::unsafe_input) << refused.error().message();
    }
    ASSERT_TRUE(import_tar(pax(pax_record("uid", largest)) + tar_entry({.name = "f"}, "x")));
    EXPECT_EQ(entry("f").uid, 4294967294u);
}

// Of any kind but folders, as tars have them.
TEST_F(ArchiveMetadata, HardLinksToSymlinksAndFifos) {
    const std::string tar = folder("d") + symlink("d/l", "t") + hard_link("a", "d/l") +
                            tar_entry({.name = "d/p", .type = '6'}) + hard_link("q", "d/p") +
                            symlink("other", "t") + tar_entry({.name = "other p", .type = '6'});
    ASSERT_TRUE(import_tar(tar, {.name = "s", .special_files = true}));
    restore("s", "out");
    const auto ino = [&](const char* name) {
        struct stat st {};
        EXPECT_EQ(::lstat((dir_ / "out" / name).c_str(), &st), 0);
        return st.st_ino;
    };
    EXPECT_EQ(ino("a"), ino("d/l"));
    EXPECT_EQ(ino("q"), ino("d/p"));
    EXPECT_NE(ino("a"), ino("other"));
    EXPECT_NE(ino("q"), ino("other p"));
    EXPECT_EQ(differences("s", dir_ / "out"), std::vector<std::string>{});
    EXPECT_FALSE(import_tar(folder("d") + hard_link("a", "d")));

    // Through a .holt file, too.
    ASSERT_TRUE(store_.export_to({"s"}, {.path = at("x.holt")}, {}, notes_));
    auto other = Store::init(at("other store"));
    ASSERT_TRUE(other);
    const auto brought =
        other->import_from({.path = at("x.holt")}, {.special_files = true}, notes_);
    ASSERT_TRUE(brought) << brought.error().message();
    EXPECT_EQ(brought->snapshots[0].id, store_.find("s")->id);
}

TEST_F(ArchiveMetadata, AZipTellsWhatItCannotHold) {
    if (!make_source()) GTEST_SKIP() << "no ACLs here";
    snapshot({.name = "s"});
    const auto report = store_.export_to({"s"}, {.path = at("x.zip")}, {}, notes_);
    ASSERT_TRUE(report) << report.error().message();
    EXPECT_EQ(report->left_out, 5u) << "attributes of f, d/f and d; two names of a FIFO";
    EXPECT_EQ(notes_.notes.size(), 3u);
    EXPECT_EQ(notes_.count(Severity::info), 1u) << "hard links become copies";
    ASSERT_TRUE(import("x.zip"));
    EXPECT_EQ(entry("f").mode, 0600u) << "not the mask for the group";
}

}  // namespace
}  // namespace holt::test
