// Proves: access lists as GNU tar, bsdtar and star write them are read, names that this machine
// does not know are told, and what is no list is none.
#include "archive/tar/acl.h"

#include <gtest/gtest.h>

#include <fstream>

#include "support/temp_dir.h"

namespace holt::store {
namespace {

using Tag = fs::AclEntry::Tag;

class ArchiveAcl : public ::testing::Test {
  protected:
    ArchiveAcl() {
        std::ofstream(dir_ / "passwd") << "root:x:0:0::/:/bin/sh\nlisa:x:1000:1000::/:/bin/sh\n"
                                          "broken\nodd:x:12x:0::/:\n";
        std::ofstream(dir_ / "group") << "root:x:0:\nstaff:x:50:lisa\n";
    }
    std::optional<AclText> parse(std::string_view text) { return parse_acl_text(text, names_); }

    test::TempDir dir_;
    fs::AccountNames names_{dir_.path().string()};
};

const fs::Acl kSample{{Tag::owner, 6},     {Tag::user, 4, 1000}, {Tag::owning_group, 0},
                      {Tag::group, 6, 50}, {Tag::mask, 6},       {Tag::other, 1}};

TEST_F(ArchiveAcl, EveryFormMeansTheSame) {
    for (const char* text :
         {"user::rw-\nuser:lisa:r--\ngroup::---\ngroup:staff:rw-\nmask::rw-\nother::--x\n",
          "user::rw-,user:1000:r--,group::---,group:50:rw-,mask::rw-,other::--x",
          // As libarchive sorts them, with ids that count more than the names.
          "user::rw-,group::---,other::--x,user:nobodyhere:r--:1000,group:root:rw-:50,mask::rw-",
          "u::rw-,u:lisa:r--:,g::---,g:staff:rw-,m::rw-,o::--x"}) {
        const auto parsed = parse(text);
        ASSERT_TRUE(parsed) << text;
        EXPECT_EQ(parsed->acl, kSample) << text;
        EXPECT_TRUE(parsed->unknown.empty());
    }
    EXPECT_EQ(acl_text(kSample),
              "user::rw-\nuser:1000:r--\ngroup::---\ngroup:50:rw-\nmask::rw-\nother::--x\n");
    EXPECT_EQ(parse(acl_text(kSample))->acl, kSample);
    EXPECT_TRUE(parse("")->acl.empty());
}

TEST_F(ArchiveAcl, NamesThatThisMachineDoesNotKnowAreGiven) {
    const auto parsed = parse(
        "user::rw-,user:lisa:r--,user:zoe:---,group::---,group:lisa:r--,mask::rw-,other::r--");
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->unknown, (std::vector<std::string>{"zoe", "lisa"}));
    ASSERT_EQ(parsed->of_unknown.size(), 2u);
    EXPECT_EQ(parsed->of_unknown[0].rights, 0);
    EXPECT_EQ(parsed->acl.size(), 5u);
    fs::AccountNames none((dir_ / "no such folder").string());
    EXPECT_EQ(none.find(fs::Account::user, "root"), std::nullopt);
}

TEST_F(ArchiveAcl, WhatIsNoListIsNone) {
    const std::string rest = ",group::r--,other::r--";
    EXPECT_TRUE(parse("user::rw-" + rest));
    for (const char* text :
         {"user::rw", "user::rwxx", "user::wr-", "user:rw-", "usr::rw-", "user::rw-:0",
          "user::rw-:0:0", "mask:1:rwx", "user", ":", "user:::", "user:4294967295:rwx,mask::rwx",
          "user:lisa:rwx:-1,mask::rwx", "user:lisa:rwx:x,mask::rwx", "user:lisa:rwx"})
        EXPECT_FALSE(parse(text + rest)) << text;
    EXPECT_FALSE(parse("user::rw-,group::r--")) << "no other";
    std::string many = "user::rw-,group::r--,other::r--,mask::rwx";
    for (int i = 0; i < 9000; ++i) many += ",user:" + std::to_string(i) + ":rwx";
    EXPECT_FALSE(parse(many)) << "more than a file can have";
}

}  // namespace
}  // namespace holt::store
