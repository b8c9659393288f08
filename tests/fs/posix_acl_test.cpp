// Proves: access lists are read and written as the kernel has them, wrong ones are none, and a file
// that loses its list gives nobody a right that the list did not give.
#include "fs/metadata/posix_acl.h"

#include "fs_test.h"

namespace holt::fs {
namespace {

using Tag = AclEntry::Tag;

Acl base(int owner, int group, int other) {
    return {{Tag::owner, static_cast<std::uint16_t>(owner)},
            {Tag::owning_group, static_cast<std::uint16_t>(group)},
            {Tag::other, static_cast<std::uint16_t>(other)}};
}
Acl with(Acl acl, std::vector<AclEntry> more) {
    acl.insert(acl.end(), more.begin(), more.end());
    EXPECT_TRUE(normalise(acl));
    return acl;
}

TEST(PosixAcl, ComesBackAsItWas) {
    const Acl acl =
        with(base(6, 0, 4),
             {{Tag::user, 6, 1000}, {Tag::group, 4, 7}, {Tag::user, 0, 3}, {Tag::mask, 6}});
    EXPECT_EQ(acl[1].id, 1000u) << "names keep their order";
    EXPECT_EQ(acl[2].id, 3u);
    EXPECT_EQ(decode_acl(encode_acl(acl)), acl);
    EXPECT_EQ(encode_acl(acl).size(), 4u + 8 * acl.size());
}

TEST(PosixAcl, WhatIsNoneIsRefused) {
    const auto refused = [](Acl acl) { return !normalise(acl); };
    EXPECT_TRUE(refused({}));
    EXPECT_TRUE(refused({{Tag::owner, 7}, {Tag::other, 0}})) << "no owning group";
    Acl acl = base(7, 5, 0);
    acl.push_back({Tag::user, 4, 9});
    EXPECT_TRUE(refused(acl)) << "names without a mask";
    acl.push_back({Tag::mask, 7});
    EXPECT_FALSE(refused(acl));
    acl.push_back({Tag::user, 6, 9});
    EXPECT_TRUE(refused(acl)) << "a name twice";
    acl = base(7, 5, 0);
    acl.push_back({Tag::mask, 7});
    acl.push_back({Tag::group, 7, kNoId});
    EXPECT_TRUE(refused(acl)) << "4294967295 is nobody";
    EXPECT_TRUE(refused(base(8, 0, 0)));
    EXPECT_TRUE(refused(with(base(7, 5, 0), {})) == false);

    const std::string good = encode_acl(base(7, 5, 0));
    EXPECT_TRUE(decode_acl(good));
    for (std::size_t size = 0; size < good.size(); ++size)
        EXPECT_FALSE(decode_acl(good.substr(0, size))) << size;
    std::string bad = good;
    bad[0] = 3;
    EXPECT_FALSE(decode_acl(bad)) << "another version";
    bad = good;
    bad[4] = 0x40;
    EXPECT_FALSE(decode_acl(bad)) << "a tag that there is not";
    bad[4] = 3;
    EXPECT_FALSE(decode_acl(bad));
}

TEST(PosixAcl, TheModeThatItShows) {
    EXPECT_EQ(mode_with_acl(04000, base(6, 4, 0)), 04640);
    EXPECT_EQ(mode_with_acl(0, with(base(6, 0, 0), {{Tag::mask, 6}, {Tag::user, 6, 1}})), 0660);
    EXPECT_TRUE(is_minimal(base(6, 4, 0)));
    EXPECT_FALSE(is_minimal(with(base(6, 4, 0), {{Tag::mask, 7}})));
}

// group::--- under a mask of rw- must not come back as rw-.
TEST(PosixAcl, WithoutItTheGroupHasWhatTheOwningGroupHad) {
    const auto lost = [](std::uint16_t mode, const Acl& acl) {
        return mode_without_acl(mode, encode_acl(acl));
    };
    const Acl mask_only = with(base(6, 0, 0), {{Tag::mask, 6}, {Tag::user, 6, 1}});
    EXPECT_EQ(lost(0660, mask_only), 0600);
    EXPECT_EQ(lost(06660, mask_only), 06600);
    EXPECT_EQ(lost(0640, with(base(6, 7, 0), {{Tag::mask, 4}})), 0640) << "the mask counts, too";
    // As bsdtar writes the mode: the owning group's rights, whatever the mask is.
    EXPECT_EQ(lost(0654, with(base(6, 5, 4), {{Tag::mask, 4}, {Tag::user, 5, 9}})), 0644);
}

TEST(PosixAcl, WithoutItNobodyWhoWasDeniedMayMore) {
    const auto lost = [](std::uint16_t mode, const Acl& acl) {
        return mode_without_acl(mode, encode_acl(acl));
    };
    EXPECT_EQ(lost(0664, with(base(6, 6, 4), {{Tag::mask, 6}, {Tag::user, 0, 9}})), 0600)
        << "the user may be in the group, or one of the others";
    EXPECT_EQ(lost(0664, with(base(6, 6, 4), {{Tag::mask, 6}, {Tag::group, 0, 9}})), 0660)
        << "who is in the owning group, too, keeps what that allows";
    EXPECT_EQ(lost(0644, with(base(6, 4, 4), {{Tag::mask, 6}, {Tag::user, 6, 9}})), 0644);
    EXPECT_EQ(mode_without_acl(0777, "no list at all"), 0700);
}

}  // namespace
}  // namespace holt::fs
