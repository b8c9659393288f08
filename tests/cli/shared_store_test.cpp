// Proves: with `init --shared GROUP` users of one group use one store together, each with a umask
// that shuts the others out; all that they make in it belongs to the group; others are kept out.
// As root: the users are numbers that no account has.
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "cli/store_fixture.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

constexpr const char* kGroup = "54321";
constexpr unsigned kGroupId = 54321;

class SharedStore : public testing::Test {
  protected:
    void SetUp() override {
        if (::geteuid() != 0) GTEST_SKIP() << "other users can be tested as root only";
        if (!other("setpriv", {"--version"})) GTEST_SKIP() << "setpriv is not installed";
        ASSERT_EQ(::chmod(dir_.path().c_str(), 0777), 0);
        const Finished made = holt({"init", store(), "--shared", kGroup});
        ASSERT_EQ(made.code, 0) << made.err;
        for (const unsigned user : kUsers) {
            const std::string home = home_of(user);
            stdfs::create_directories(home + "/tree/sub");
            for (int i = 0; i < 30; ++i)
                write_file(home + "/tree/sub/" + std::to_string(i),
                           "file " + std::to_string(i) + " of " + std::to_string(user));
            write_file(home + "/tree/same", std::string(5000, 's'));
            for (const auto& entry : stdfs::recursive_directory_iterator(home))
                ASSERT_EQ(::lchown(entry.path().c_str(), user, user), 0);
            ASSERT_EQ(::chown(home.c_str(), user, user), 0);
        }
    }

    // The program as this user, with that umask.
    Finished as(unsigned user, const std::vector<std::string>& args,
                const std::string& umask = "077", const std::string& groups = kGroup) const {
        std::string command = "umask " + umask + "; cd '" + home_of(user) +
                              "'; exec setpriv --reuid=" + std::to_string(user) +
                              " --regid=" + std::to_string(user) +
                              (groups.empty() ? " --clear-groups" : " --groups=" + groups) +
                              " -- '" + HOLT_PROGRAM + "' --store '" + store() + "'";
        for (const std::string& arg : args) command += " '" + arg + "'";
        auto finished = other("sh", {"-c", command});
        return finished ? *finished : Finished{};
    }
    std::string store() const { return dir_ / "store"; }
    std::string home_of(unsigned user) const { return dir_ / ("home" + std::to_string(user)); }

    // Folders, and files that members write to, give the group what their owner has.
    void expect_all_is_the_groups() const {
        for (const auto& entry : stdfs::recursive_directory_iterator(store())) {
            struct stat stat;
            if (::lstat(entry.path().c_str(), &stat) != 0) continue;  // gone meanwhile
            const bool pooled =
                entry.path().string().find("/pool/") != std::string::npos && S_ISREG(stat.st_mode);
            if (pooled) continue;  // it has what its snapshot says
            EXPECT_EQ(stat.st_gid, kGroupId) << entry.path();
            EXPECT_EQ((stat.st_mode >> 3) & 7, (stat.st_mode >> 6) & 7) << entry.path();
            EXPECT_EQ(stat.st_mode & 7, 0u) << entry.path();
        }
    }

    static constexpr unsigned kUsers[] = {50'001, 50'002, 50'003};
    TempDir dir_;
};

TEST_F(SharedStore, ThreeUsersAtOnceWithUmasksThatShutTheOthersOut) {
    std::vector<std::thread> users;
    std::vector<std::string> failures(std::size(kUsers));
    for (std::size_t i = 0; i < std::size(kUsers); ++i) {
        users.emplace_back([&, i] {
            const unsigned user = kUsers[i];
            const std::string own = "user" + std::to_string(user);
            const auto expect_done = [&](const std::vector<std::string>& args) {
                const Finished done = as(user, args);
                if (done.code != 0) failures[i] += args[0] + ": " + done.err;
            };
            for (int round = 0; round < 5; ++round) {
                const std::string name = own + "-" + std::to_string(round);
                write_file(home_of(user) + "/tree/changing", name);
                expect_done({"snapshot", home_of(user) + "/tree", "--name", name});
                expect_done({"restore", name, home_of(user) + "/" + name, "--link", "hardlink"});
                expect_done({"tag", name, "--set", "by=" + own});
                expect_done({"snapshot", home_of(user) + "/tree", "--name", name + "-b"});
                expect_done({"forget", name + "-b"});
                // Another user's collection may have been faster.
                const int back = as(user, {"undelete", name + "-b"}).code;
                if (back != 0 && back != 13) failures[i] += "undelete: " + std::to_string(back);
                expect_done({"gc"});
                expect_done({"verify"});
            }
        });
    }
    for (std::thread& user : users) user.join();
    for (const std::string& failure : failures) EXPECT_EQ(failure, "");
    expect_all_is_the_groups();
    // Each restores what another has saved, and mends the other's store.
    const Finished crossed =
        as(kUsers[0], {"restore", "user50002-4", home_of(kUsers[0]) + "/theirs"});
    EXPECT_EQ(crossed.code, 0) << crossed.err;
    EXPECT_EQ(read_file(home_of(kUsers[0]) + "/theirs/changing"), "user50002-4");
    const Finished repaired = as(kUsers[1], {"repair"});
    EXPECT_EQ(repaired.code, 0) << repaired.err;
    const Finished after =
        as(kUsers[2], {"snapshot", home_of(kUsers[2]) + "/tree", "--name", "after"});
    EXPECT_EQ(after.code, 0) << after.err;
    expect_all_is_the_groups();
}

// The kernel forbids links to others' files (fs.protected_hardlinks): each user has pool files of
// his own, and a restore never fails for it.
TEST_F(SharedStore, LinksToFilesOfOthersAreNeverNeeded) {
    ASSERT_EQ(as(kUsers[0], {"snapshot", home_of(kUsers[0]) + "/tree", "--name", "s"}).code, 0);
    for (const unsigned user : kUsers) {
        const Finished linked =
            as(user, {"restore", "s", home_of(user) + "/out", "--link", "hardlink"});
        EXPECT_EQ(linked.code, 0) << linked.err;
        EXPECT_EQ(linked.err.find("copied instead"), std::string::npos) << linked.err;
        EXPECT_EQ(read_file(home_of(user) + "/out/same"), std::string(5000, 's'));
    }
}

// A killed member leaves things that another one's next command removes.
TEST_F(SharedStore, WhatAKilledMemberLeftAnotherRemoves) {
    const std::string pins = store() + "/pins/", tmp = store() + "/tmp/";
    ASSERT_EQ(as(kUsers[0], {"snapshot", home_of(kUsers[0]) + "/tree", "--name", "s"}).code, 0);
    for (const std::string& left : {pins + "dead", tmp + "pack.tmp-dead"}) {
        write_file(left, "");
        ASSERT_EQ(::chown(left.c_str(), kUsers[0], kGroupId), 0);
        ASSERT_EQ(::chmod(left.c_str(), 0660), 0);
    }
    ASSERT_EQ(as(kUsers[1], {"snapshot", home_of(kUsers[1]) + "/tree", "--name", "t"}).code, 0);
    EXPECT_TRUE(stdfs::is_empty(pins));
    EXPECT_TRUE(stdfs::is_empty(tmp));
}

TEST_F(SharedStore, WhoIsNoMemberIsKeptOut) {
    const Finished refused = as(kUsers[0], {"list"}, "022", "");
    EXPECT_EQ(refused.code, 1) << refused.err;
    EXPECT_NE(refused.err.find("Permission denied"), std::string::npos) << refused.err;
}

TEST_F(SharedStore, InitAgainAndBadGroups) {
    EXPECT_EQ(holt({"init", store(), "--shared", kGroup}).code, 0) << "nothing differs";
    EXPECT_EQ(holt({"init", store()}).code, 0);
    EXPECT_EQ(holt({"init", store(), "--shared", "54322"}).code, 1) << "another group";
    const std::string plain = dir_ / "plain";
    EXPECT_EQ(holt({"init", plain}).code, 0);
    EXPECT_EQ(holt({"init", plain, "--shared", kGroup}).code, 1) << "it is not shared";
    const Finished unknown = holt({"init", std::string(dir_ / "x"), "--shared", "no-such-group"});
    EXPECT_EQ(unknown.code, 2) << unknown.err;
    // An ordinary user may not give folders to a group that is not his.
    const Finished not_his =
        as(kUsers[0], {"init", home_of(kUsers[0]) + "/s", "--shared", "54322"});
    EXPECT_NE(not_his.code, 0);
}

}  // namespace
}  // namespace holt::test
